using System.Net;
using Microsoft.AspNetCore.Builder;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>What a webhook says joins its email in the outbox, and suppresses the recipient.</summary>
public sealed class WebhookOutboxTests
{
    private const string Ann = "ann@example.org";
    private const string Bob = "bob@example.org";
    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static CancellationToken Cancellation => WebhookHost.Cancellation;

    public static TheoryData<string, bool> ServicesAndTokens =>
        [.. WebhookSender.Names.SelectMany(n => new[] { (n, false), (n, true) })];

    public static TheoryData<string> Services => [.. WebhookSender.Names];

    [Theory]
    [MemberData(nameof(ServicesAndTokens))]
    public async Task A_bounce_is_in_the_entry_and_the_address_is_suppressed(string service, bool hasTokens)
    {
        var told = new List<OutboxFeedback>();
        await using var host = await WebhookHost.StartAsync(isRecordedHere: false, outbox: o =>
        {
            if (hasTokens)
                o.UseFeedbackTokens(new FeedbackTokens(new byte[32]));
            o.OnFeedback = (_, feedback, _) =>
            {
                lock (told)
                    told.Add(feedback);
                return ValueTask.CompletedTask;
            };
        });
        var ids = await host.Outbox.EnqueueManyAsync(
            [NewEmail(Ann, "17"), NewEmail(Ann, "18"), NewEmail(Bob, "19")], cancellationToken: Cancellation);
        var sender = host.Sender(service);
        var (body, headers) = sender.Sign(sender.Bounce(Ann, "order-17@example.com", host.Now), host.Now);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => host.SendAsync(sender.Request(body, headers))));

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        var entry = (await host.Outbox.GetAsync(ids[0], Cancellation))!;
        var report = Assert.Single(entry.Recipients).Report!;
        Assert.Equal(
            (RecipientReportKind.Bounced, FeedbackCategory.Hard, new EnhancedStatus(5, 1, 1), true),
            (report.Kind, report.Category, report.EnhancedStatus!.Value, report.IsSigned));
        Assert.Contains("No such user here", report.Text, StringComparison.Ordinal);
        Assert.Single(entry.History.SelectMany(a => a.Reports));
        Assert.Equal(ids[0], Assert.Single(told).EmailId);
        var suppressed = Assert.Single((await host.Suppressions.ListAsync(cancellationToken: Cancellation)).Entries);
        Assert.Equal((Ann, SuppressionReason.HardBounce), (suppressed.Address, suppressed.Reason));
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(ids[1], Cancellation))!.State);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(ids[2], Cancellation))!.State);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_delivery_and_a_complaint_are_in_the_entry(string service)
    {
        await using var host = await WebhookHost.StartAsync(isRecordedHere: false);
        var ids = await host.Outbox.EnqueueManyAsync([NewEmail(Ann, "17"), NewEmail(Bob, "18")], cancellationToken: Cancellation);

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(service, Event(service, isComplaint: false, Ann, "17", host.Now)));
        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(service, Event(service, isComplaint: true, Bob, "18", host.Now)));

        Assert.Equal(RecipientReportKind.Delivered, await KindAsync(ids[0]));
        Assert.Equal(RecipientReportKind.Complained, await KindAsync(ids[1]));
        var suppressed = Assert.Single((await host.Suppressions.ListAsync(cancellationToken: Cancellation)).Entries);
        Assert.Equal((Bob, SuppressionReason.Complaint), (suppressed.Address, suppressed.Reason));

        async Task<RecipientReportKind?> KindAsync(Guid id) =>
            (await host.Outbox.GetAsync(id, Cancellation))!.Recipients[0].Report?.Kind;
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task An_event_of_an_unknown_email_is_accepted_and_changes_nothing(string service)
    {
        await using var host = await WebhookHost.StartAsync(isRecordedHere: false);
        var id = (await host.Outbox.EnqueueManyAsync([NewEmail(Ann, "17")], cancellationToken: Cancellation))[0];

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(service, host.Sender(service).Bounce(Ann, "other@example.com", host.Now)));

        Assert.Null((await host.Outbox.GetAsync(id, Cancellation))!.Recipients[0].Report);
        Assert.Empty((await host.Suppressions.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task An_event_that_is_signed_anew_is_recorded_once(string service)
    {
        await using var host = await WebhookHost.StartAsync(isRecordedHere: false);
        var id = (await host.Outbox.EnqueueManyAsync([NewEmail(Ann, "17")], cancellationToken: Cancellation))[0];
        var sender = host.Sender(service);
        var json = sender.Bounce(Ann, "order-17@example.com", host.Now);

        for (var hour = 0; hour < 3; hour++)
            Assert.Equal(HttpStatusCode.OK, await host.SendAsync(sender.Request(json, host.Now.AddHours(-hour))));

        Assert.Single((await host.Outbox.GetAsync(id, Cancellation))!.History.SelectMany(a => a.Reports));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Of_several_emails_with_one_Message_ID_it_is_that_of_the_recipient(string service)
    {
        await using var host = await WebhookHost.StartAsync(
            isRecordedHere: false, outbox: o => o.UseFeedbackTokens(new FeedbackTokens(new byte[32])));
        var ids = await host.Outbox.EnqueueManyAsync([NewEmail(Bob, "17"), NewEmail(Ann, "17")], cancellationToken: Cancellation);

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(service, host.Sender(service).Bounce(Ann, "order-17@example.com", host.Now)));

        Assert.Null((await host.Outbox.GetAsync(ids[0], Cancellation))!.Recipients[0].Report);
        Assert.True((await host.Outbox.GetAsync(ids[1], Cancellation))!.Recipients[0].Report!.IsSigned);
        Assert.Equal(Ann, Assert.Single((await host.Suppressions.ListAsync(cancellationToken: Cancellation)).Entries).Address);
    }

    [Fact]
    public async Task An_event_that_cannot_be_recorded_holds_up_no_other_of_its_batch_and_all_of_them_come_again()
    {
        var fails = true;
        var recorded = new List<string>();
        await using var host = await WebhookHost.StartAsync(o => o.Record = (feedback, _, _) =>
        {
            var address = feedback.Recipients[0].Address;
            if (fails && address != "user0@example.org" && address != "user9@example.org")
                throw new InvalidOperationException("It has no customer.");
            recorded.Add(address);
            return Task.CompletedTask;
        });
        var events = Enumerable.Range(0, 10)
            .Select(i => $$"""{"event":"delivered","email":"user{{i}}@example.org","sg_event_id":"{{i}}"}""");
        var batch = $"[{string.Join(',', events)}]";

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await host.SendAsync("sendgrid", batch));
        Assert.Equal(["user0@example.org", "user9@example.org"], recorded);
        fails = false;
        Assert.Equal(HttpStatusCode.OK, await host.SendAsync("sendgrid", batch));

        Assert.Contains("user1@example.org", recorded);
    }

    [Fact]
    public async Task A_request_that_comes_again_while_the_first_one_hangs_is_told_to_come_later()
    {
        await using var host = await WebhookHost.StartAsync();
        var gate = new TaskCompletionSource();
        host.Gate = gate.Task;
        var sender = host.Sender("mailgun");
        var (body, headers) = sender.Sign(sender.Bounce(Ann, "order-17@example.com", host.Now), host.Now);
        var first = host.SendAsync(sender.Request(body, headers));
        await host.Recording.WaitAsync(Cancellation);

        var second = host.SendAsync(sender.Request(body, headers));
        await host.Time.IsWaitedFor.WaitAsync(TimeSpan.FromMinutes(2), Cancellation);
        host.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await second);
        gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, await first);
        Assert.Single(host.Recorded);
    }

    [Fact]
    public async Task A_batch_of_a_thousand_events_is_recorded_whole()
    {
        await using var host = await WebhookHost.StartAsync(isRecordedHere: false);
        var numbers = Enumerable.Range(0, 1000).ToList();
        var ids = await host.Outbox.EnqueueManyAsync(
            numbers.Select(i => NewEmail($"user{i}@example.org", $"{i}")).ToList(), cancellationToken: Cancellation);
        var events = numbers.Select(
            i => $$$$"""
                {"event":"delivered","email":"user{{{{i}}}}@example.org","smtp-id":"<order-{{{{i}}}}@example.com>","response":"250 OK"}
                """);

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync("sendgrid", $"[{string.Join(',', events)}]"));

        foreach (var id in ids)
            Assert.Equal(RecipientReportKind.Delivered, (await host.Outbox.GetAsync(id, Cancellation))!.Recipients[0].Report?.Kind);
    }

    [Fact]
    public async Task Old_and_new_keys_count_at_the_same_time()
    {
        var (oldSender, newSender) = (new SendGridSender(), new SendGridSender());
        await using var host = await WebhookHost.StartAsync(o =>
        {
            o.UseSendGrid(oldSender.PublicKey, newSender.PublicKey);
            o.UseMailgun("mailgun-signing-key-0");
            o.UsePostmark(PostmarkSender.User, "pass:wörd-0");
        });
        WebhookSender[] senders =
        [
            oldSender, newSender, host.SendGrid, new MailgunSender(), new MailgunSender(isForger: true), new PostmarkSender(),
            new PostmarkSender(isForger: true),
        ];
        for (var i = 0; i < senders.Length; i++)
        {
            var json = senders[i].Bounce(Ann, $"{i}@example.com", host.Now);
            Assert.Equal(HttpStatusCode.OK, await host.SendAsync(senders[i].Request(json, host.Now)));
        }
        Assert.Equal(senders.Length, host.Recorded.Count);
    }

    [Fact]
    public async Task What_is_wrong_in_the_options_is_said_at_the_start()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        Assert.StartsWith("There is no outbox.", Fail<InvalidOperationException>(o => o.UseMailgun(MailgunSender.Key)), Ordinal);
        Assert.StartsWith("MapFeedback has no service.", Fail<InvalidOperationException>(_ => { }), Ordinal);
        Assert.StartsWith("Tolerance is", Fail<InvalidOperationException>(o => o.Tolerance = TimeSpan.Zero), Ordinal);
        Assert.StartsWith("MaxBodySize is 1;", Fail<InvalidOperationException>(o => o.MaxBodySize = 1), Ordinal);
        Assert.StartsWith("MetadataName is empty.", Fail<InvalidOperationException>(o => o.MetadataName = " "), Ordinal);
        Assert.StartsWith("\"topic\" is not a topic", Fail<ArgumentException>(o => o.UseAmazonSes("topic")), Ordinal);
        Assert.StartsWith("There is no value, or one is empty.", Fail<ArgumentException>(o => o.UseMailgun("")), Ordinal);
        Assert.StartsWith("A key has 3 characters;", Fail<ArgumentException>(o => o.UseMailgun("key")), Ordinal);
        Assert.StartsWith("A key is not a public key of P-256", Fail<ArgumentException>(o => o.UseSendGrid("SG.key")), Ordinal);
        Assert.StartsWith("A key is not a public key of P-256", Fail<ArgumentException>(o => o.UseSendGrid(OtherCurve())), Ordinal);
        Assert.StartsWith("The user has a colon,", Fail<ArgumentException>(o => o.UsePostmark("a:b", "password")), Ordinal);
        Assert.StartsWith("The password has 3 characters;", Fail<ArgumentException>(o => o.UsePostmark("a", "abc")), Ordinal);

        Assert.StartsWith(
            "There is no outbox \"other\".",
            Assert.Throws<InvalidOperationException>(
                () => app.MapFeedback("/feedback", o => o.UseMailgun(MailgunSender.Key), key: "other")).Message,
            Ordinal);

        string Fail<T>(Action<FeedbackWebhookOptions> configure)
            where T : Exception => Assert.Throws<T>(() => app.MapFeedback("/feedback", configure)).Message;
    }

    private static string OtherCurve()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        return Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }

    private static OutboxEmail NewEmail(string address, string number) => new(new Email
    {
        From = "shop@example.com",
        To = address,
        Subject = "Order",
        TextBody = "Order",
        MessageId = $"order-{number}@example.com",
    });

    private static string Event(string service, bool isComplaint, string address, string number, DateTimeOffset at)
    {
        var id = $"order-{number}@example.com";
        return (service, isComplaint) switch
        {
            ("ses", false) => $$$$"""
                {"eventType":"Delivery","mail":{"headers":[{"name":"X-Email-ID","value":"<{{{{id}}}}>"}]},
                 "delivery":{"recipients":["{{{{address}}}}"]}}
                """,
            ("ses", true) => $$$$"""
                {"eventType":"Complaint","mail":{"headers":[{"name":"X-email-id","value":"{{{{id}}}}"}]},
                 "complaint":{"complainedRecipients":[{"emailAddress":"{{{{address}}}}"}]}}
                """,
            ("sendgrid", false) => $$$$"""[{"event":"delivered","email":"{{{{address}}}}","smtp-id":"<{{{{id}}}}>"}]""",
            ("sendgrid", true) => $$$$"""
                [{"event":"spamreport","email":"{{{{address}}}}","email-id":"<{{{{id}}}}>","smtp-id":"<x@example.com>"}]
                """,
            ("mailgun", false) => $$$$"""
                {"event":"delivered","recipient":"{{{{address}}}}","message":{"headers":{"message-id":"{{{{id}}}}"}}}
                """,
            ("mailgun", true) => $$$$"""
                {"event":"complained","recipient":"{{{{address}}}}","user-variables":{"email-id":"{{{{id}}}}"}}
                """,
            (_, false) => $$$$"""
                {"RecordType":"Delivery","Recipient":"{{{{address}}}}","DeliveredAt":"{{{{at:O}}}}","Metadata":{"email-id":"{{{{id}}}}"}}
                """,
            _ => $$$$"""
                {"RecordType":"SpamComplaint","Email":"{{{{address}}}}","BouncedAt":"{{{{at:O}}}}","Metadata":{"email-id":"{{{{id}}}}"}}
                """,
        };
    }
}
