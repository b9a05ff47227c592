using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class ReportFormTests
{
    /// <summary>Form, kind, recipients with action, category and status, and the original's Message-ID; a minus is nothing.</summary>
    private const string Table = """
        dsn-failed               | DeliveryReport | ann@example.org Failed Hard 5.1.1 | order-1
        dsn-blank-lines          | DeliveryReport | full@example.org Failed MailboxFull 5.2.2 | order-2
        dsn-mixed                | DeliveryReport | good@example.org Delivered NotFailure 2.0.0, bad@example.org Failed Hard 5.1.1 | order-3
        dsn-delayed              | DeliveryReport | slow@example.org Delayed Soft 4.4.1 | order-4
        dsn-delivered            | DeliveryReport | ann@example.org Delivered NotFailure 2.1.5 | order-5
        dsn-relayed              | DeliveryReport | ann@example.org Relayed NotFailure 2.0.0 | order-6
        dsn-expanded             | DeliveryReport | team@example.org Expanded NotFailure 2.1.5 | order-7
        dsn-internationalized    | DeliveryReport | josé@example.org Failed Hard 5.1.1 | order-8
        dsn-expired              | DeliveryReport | slow@example.org Failed Soft 4.4.7 | order-9
        dsn-blocked              | DeliveryReport | ann@example.org Failed Blocked 5.7.1 | order-10
        dsn-policy               | DeliveryReport | ann@example.org Failed Policy 5.7.26 | order-11
        dsn-too-large            | DeliveryReport | ann@example.org Failed Policy 5.3.4 | order-12
        dsn-unknown-domain       | DeliveryReport | ann@exmaple.org Failed Hard 5.4.4 | order-13
        dsn-no-reason            | DeliveryReport | ann@example.org Failed Soft 5.0.0 | order-14
        dsn-in-mixed             | DeliveryReport | ann@example.org Failed Hard 5.2.1 | order-20
        exim-fields              | DeliveryReport | ann@nowhere.example Failed Hard 5.0.0 | order-15
        exchange-utf7            | DeliveryReport | ann@office.example Failed Hard 5.0.0 | order-16
        exchange-online          | DeliveryReport | ann@office.example Failed Hard 5.1.10 | order-17
        opensmtpd-fields         | DeliveryReport | ann@example.org Failed Hard 5.1.1 | order-18
        sendmail-fields          | DeliveryReport | ann@example.org Failed Policy 5.7.1 | order-19
        qmail                    | DeliveryReport | ann@example.org Failed Hard 5.1.1, bob@example.org Failed MailboxFull 5.2.2 | order-21
        exim                     | DeliveryReport | ann@example.org Failed Hard 5.1.1 | order-22
        exim-delay               | DeliveryReport | slow@example.org Delayed Soft - | -
        postfix                  | DeliveryReport | ann@example.org Failed MailboxFull 5.2.2 | order-24
        postfix-success          | DeliveryReport | ann@example.org Delivered NotFailure - | -
        postfix-taken            | DeliveryReport | ann@example.org Delivered NotFailure - | -
        sendmail                 | DeliveryReport | ann@example.org Failed Hard 5.1.1 | order-25
        sendmail-warning         | DeliveryReport | ann@example.org Delayed Soft - | -
        courier                  | DeliveryReport | ann@example.org Failed Hard - | order-26
        exchange-5.5             | DeliveryReport | ann@office.example Failed Hard - | order-27
        exchange-2007            | DeliveryReport | ann@office.example Failed MailboxFull 5.2.2 | order-28
        lotus-notes              | DeliveryReport | ann@office.example Failed Hard - | order-29
        groupwise                | DeliveryReport | ann@office.example Failed Hard - | order-30
        mdaemon                  | DeliveryReport | ann@example.org Failed Hard 5.1.1 | order-31
        imail                    | DeliveryReport | ann@office.example Failed MailboxFull - | order-32
        mailenable               | DeliveryReport | ann@example.org Failed Hard - | order-33
        communigate              | DeliveryReport | ann@example.org Failed Hard 5.1.1 | -
        gmail                    | DeliveryReport | ann@example.org Failed Hard 5.2.1 | order-35
        yahoo                    | DeliveryReport | ann@mail.example.com Failed Hard - | order-36
        smail                    | DeliveryReport | ann@office.example Failed Hard - | order-37
        mmdf                     | DeliveryReport | ann@example.org Failed Hard - | order-38
        failed-recipients-field  | DeliveryReport | ann@office.example Failed Hard - | -
        other-words              | DeliveryReport | ann@office.example Failed Policy - | order-40
        other-german             | DeliveryReport | ann@office.example Failed MailboxFull - | -
        other-html               | DeliveryReport | ann@office.example Failed Hard - | -
        complaint                | Complaint | ann@mail.example.com - NotFailure - | order-43
        complaint-redacted       | Complaint | ann@mail.example.com - NotFailure - | order-44
        not-spam                 | OtherReport | ann@mail.example.com - NotFailure - | order-45
        authentication-failure   | OtherReport | ann@mail.example.com - NotFailure - | order-46
        read-receipt             | DispositionNotification | ann@example.org - NotFailure - | order-47
        not-read                 | DispositionNotification | ann@example.org - NotFailure - | order-48
        absence                  | AutomaticReply | ann@example.org - NotFailure - | order-50
        unsubscribe              | Unsubscribe | ann@example.org - NotFailure - | -
        """;

    private static readonly FeedbackReader Reader = new();

    private static string[][] Rows => [.. Table.Split('\n').Select(l => l.Split('|', StringSplitOptions.TrimEntries))];

    public static TheoryData<string, string, string, string> Forms
    {
        get
        {
            var data = new TheoryData<string, string, string, string>();
            foreach (var row in Rows)
                data.Add(row[0], row[1], row[2], row[3]);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_reader_says_what_a_form_says(string form, string kind, string recipients, string original)
    {
        var feedback = Reader.Read(new MemoryStream(FormFile.Read(form)));

        Assert.NotNull(feedback);
        Assert.Equal(kind, $"{feedback.Kind}");
        Assert.Equal(recipients, string.Join(", ", feedback.Recipients.Select(Line)));
        Assert.Equal(original, feedback.Original.MessageId?.Replace("@shop.example", "", StringComparison.Ordinal) ?? "-");
        Assert.Equal(recipients.Contains(" Failed ", StringComparison.Ordinal), feedback.IsBounce);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_form_says_the_same_with_other_line_ends(string form, string kind, string recipients, string original)
    {
        var text = System.Text.Encoding.UTF8.GetString(FormFile.Read(form)).Replace("\n", "\r\n", StringComparison.Ordinal);

        var feedback = Reader.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)));

        Assert.Equal(kind, $"{feedback?.Kind}");
        Assert.Equal(recipients, string.Join(", ", feedback!.Recipients.Select(Line)));
        Assert.Equal(original, feedback.Original.MessageId?.Replace("@shop.example", "", StringComparison.Ordinal) ?? "-");
    }

    [Fact]
    public void The_table_has_every_form() => Assert.Equal(FormFile.Names, Rows.Select(r => r[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void Failures_have_an_explanation_and_a_remedy()
    {
        var failures = FormFile.Names.Select(n => Reader.Read(new MemoryStream(FormFile.Read(n)))!).SelectMany(f => f.Recipients)
            .Where(r => r.IsBounce && r.Category is not FeedbackCategory.Soft).ToList();

        Assert.True(failures.Count > 30);
        Assert.All(failures, f => Assert.True(f.Explanation is { Meaning.Length: > 0, Remedy.Length: > 0 }, f.ToString()));
    }

    [Fact]
    public async Task All_ways_to_read_say_the_same()
    {
        foreach (var name in FormFile.Names)
        {
            var content = FormFile.Read(name);
            var read = Reader.Read(new MemoryStream(content));
            var readAsync = await Reader.ReadAsync(new MemoryStream(content), TestContext.Current.CancellationToken);
            using var message = await MimeKit.MimeMessage.LoadAsync(new MemoryStream(content), TestContext.Current.CancellationToken);
            var ofMessage = Reader.Read(message);

            Assert.Equal(read!.ToString(), readAsync!.ToString());
            Assert.Equal(read.ToString(), ofMessage!.ToString());
        }
    }

    private static string Line(FeedbackRecipient r) =>
        $"{r.Address} {r.Action?.ToString() ?? "-"} {r.Category} {r.Status?.ToString() ?? "-"}";
}
