using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class EmailHelpersTests : SocketTest
{
    private static MimeMessage Parsed(Email email) => MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(email.ToMime())));

    [Fact]
    public void AddListUnsubscribe_adds_the_one_click_headers()
    {
        var email = new Email { From = "me@example.com" };
        email.AddListUnsubscribe(new Uri("https://x.example/u?id=ä b"), "leave@x.example");
        email.AddListUnsubscribe(new Uri("https://x.example/u?id=ü"), "leave@x.example");

        var headers = Parsed(email).Headers;

        Assert.Equal("<https://x.example/u?id=%C3%BC>, <mailto:leave@x.example>", headers["List-Unsubscribe"]);
        Assert.Equal("List-Unsubscribe=One-Click", headers["List-Unsubscribe-Post"]);
        email.AddListUnsubscribe(null, "mailto:leave@x.example?subject=leave");
        Assert.Equal("<mailto:leave@x.example?subject=leave>", Assert.Single(email.Headers).Value);
        Assert.Throws<ArgumentException>(() => email.AddListUnsubscribe(null));
        Assert.Throws<ArgumentException>(() => email.AddListUnsubscribe(new Uri("http://x.example/")));
        Assert.Throws<ArgumentException>(() => email.AddListUnsubscribe(null, "nobody"));
        Assert.Throws<ArgumentException>(() => email.AddListUnsubscribe(null, "a@x\r\nBcc: e@x"));
    }

    [Fact]
    public void An_invitation_is_the_last_alternative()
    {
        var email = new Email
        {
            From = "me@example.com",
            TextBody = "t",
            HtmlBody = "h",
            Calendar = new("BEGIN:VCALENDAR\nSUMMARY:Grüße\nEND:VCALENDAR"),
        };

        var alternative = Assert.IsType<MultipartAlternative>(Parsed(email).Body);

        Assert.Equal(["text/plain", "text/html", "text/calendar"], alternative.Select(p => p.ContentType.MimeType));
        Assert.Equal(("REQUEST", "utf-8"), (alternative[2].ContentType.Parameters["method"], alternative[2].ContentType.Charset));
        Assert.Contains("SUMMARY:Grüße", ((TextPart)alternative[2]).Text, StringComparison.Ordinal);
        email.Calendar = new("x", "REQUEST\r\nX: y");
        Assert.StartsWith("Calendar", Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailPriority.High, "high", "1")]
    [InlineData(MailPriority.Low, "low", "5")]
    [InlineData(MailPriority.Normal, null, null)]
    public void A_priority_is_written_in_all_three_header_fields(MailPriority priority, string? importance, string? number)
    {
        var headers = Parsed(new Email { From = "me@example.com", Priority = priority }).Headers;

        Assert.Equal((importance, number), (headers["Importance"], headers["X-Priority"]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Without_DSN_an_email_that_requests_notifications_is_not_sent(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var without = SmtpTestServer.Start(new() { Dsn = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        await using var toWithout = new SmtpTransporter(without.ToServerOptions());
        var email = NewMail("ann@example.org, bob@example.org");
        email.Notify = DeliveryNotifications.Success | DeliveryNotifications.Failure;
        email.EnvelopeId = "order=17+x";

        AssertAccepted(await SendAsync(transporter, async, email));
        AssertNotSent(await SendAsync(toWithout, async, email), SmtpErrorCodes.DsnRequired, "mail");
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal("order+3D17+2Bx", server.Messages[0].SenderParameters["ENVID"]);
        Assert.All(server.Messages[0].RecipientParameters, p => Assert.Equal("SUCCESS,FAILURE", p["NOTIFY"]));
        Assert.DoesNotContain("NOTIFY", server.Messages[1].RecipientParameters[0].Keys);
        Assert.DoesNotContain("MAIL", Verbs(without.Sessions[0]));
        email.Notify |= DeliveryNotifications.Never;
        AssertNotSent(await SendAsync(transporter, async, email), SmtpErrorCodes.InvalidContent, "mail");
    }

    [Fact]
    public void Priority_notifications_and_calendar_survive_JSON()
    {
        var email = new Email
        {
            Priority = MailPriority.High,
            Notify = DeliveryNotifications.Delay | DeliveryNotifications.Failure,
            EnvelopeId = "x",
            Calendar = new("c", "CANCEL"),
        };

        var read = Email.FromJson(email.ToJson());

        Assert.Equal(
            (email.Priority, email.Notify, email.EnvelopeId, email.Calendar), (read.Priority, read.Notify, read.EnvelopeId, read.Calendar));
        var exception = Assert.Throws<FormatException>(() => Email.FromJson("""{"notify": ["sometimes"]}"""));
        Assert.Contains("notify", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<Email>> Problems => new()
    {
        { EmailDiagnosticCodes.Invalid, m => m.To = [] },
        { EmailDiagnosticCodes.Invalid, m => m.From = "nobody" },
        { EmailDiagnosticCodes.Invalid, m => m.Attachments.Add(MailAttachment.FromFile("/nowhere/x")) },
        { EmailDiagnosticCodes.Placeholder, m => m.TextBody = "Dear {{ name }}," },
        { EmailDiagnosticCodes.Placeholder, m => m.Subject = "Your order {{orderId}}" },
        { EmailDiagnosticCodes.CidMissing, m => m.HtmlBody = "<img src=\"cid:logo\">" },
        { EmailDiagnosticCodes.CidUnused, m => m.Attachments.Add(MailAttachment.FromBytes([1], "a.png", "logo")) },
        { EmailDiagnosticCodes.LongLine, m => m.TextBody = new string('x', 999) },
        { EmailDiagnosticCodes.Clipped, m => m.HtmlBody = string.Concat(Enumerable.Repeat("<p>text</p>\n", 10_000)) },
        { EmailDiagnosticCodes.BlockedType, m => m.Attachments.Add(MailAttachment.FromBytes([1], "setup.EXE")) },
        { EmailDiagnosticCodes.TooLarge, m => m.Attachments.Add(MailAttachment.FromBytes(new byte[200_000], "a.bin")) },
        { EmailDiagnosticCodes.DkimDomain, m => m.From = "me@other.example" },
        { EmailDiagnosticCodes.DataUri, m => m.HtmlBody = "<svg><image href=\"data:image/png;base64,iVBORw0KGgo=\"/></svg>" },
        { EmailDiagnosticCodes.NoText, m => { m.HtmlBody = "x"; m.TextBody = null; } },
        { EmailDiagnosticCodes.NoSubject, m => m.Subject = " " },
        { EmailDiagnosticCodes.SendAt, m => m.SendAt = DateTimeOffset.UtcNow.AddDays(1) },
        { EmailDiagnosticCodes.IgnoredHeader, m => m.Headers.Add(new EmailHeader("subject", "Another")) },
        { EmailDiagnosticCodes.IgnoredHeader, m => m.Headers.Add(new EmailHeader("Bcc", "eve@example.org")) },
        { EmailDiagnosticCodes.Empty, m => { (m.TextBody, m.HtmlBody) = (null, " "); m.Attachments.Clear(); } },
        { EmailDiagnosticCodes.EmptyAttachment, m => m.Attachments.Add(MailAttachment.FromBytes([], "a.bin")) },
        { EmailDiagnosticCodes.EmptyAttachment, m => m.Attachments.Add(MailAttachment.FromStream(AtItsEnd(), "a.bin")) },
        { EmailDiagnosticCodes.EmptyAttachment, m => m.Attachments.Add(MailAttachment.FromFile(EmptyFile())) },
        { EmailDiagnosticCodes.ManyAttachments, m => AddAttachments(m, 250) },
        { EmailDiagnosticCodes.CalendarMethod, m => m.Calendar = new("BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR", "REQUEST") },
        { EmailDiagnosticCodes.CalendarMethod, m => m.Calendar = new("BEGIN:VCALENDAR\nEND:VCALENDAR") },
    };

    [Theory]
    [InlineData("example.com", "example.com", null)]
    [InlineData("Example.COM", "example.com", null)]
    [InlineData("m\u00fcller.example", "xn--mller-kva.example", null)]
    [InlineData("intranet", "intranet", null)]
    [InlineData("mail.example.com", "example.com", DiagnosticSeverity.Information)]
    [InlineData("example.com", "mail.example.com", DiagnosticSeverity.Information)]
    [InlineData("news.example.com", "mail.example.com", DiagnosticSeverity.Information)]
    [InlineData("a.co.uk", "b.co.uk", DiagnosticSeverity.Information)]
    [InlineData("a.co.uk", "co.uk", DiagnosticSeverity.Information)]
    [InlineData("example.com", "com", DiagnosticSeverity.Warning)]
    [InlineData("com", "example.com", DiagnosticSeverity.Warning)]
    [InlineData("example.com", "example.org", DiagnosticSeverity.Warning)]
    [InlineData("example.com", "anexample.com", DiagnosticSeverity.Warning)]
    [InlineData("one.example", "other.example", DiagnosticSeverity.Warning)]
    public void The_domain_of_the_DKIM_key_is_judged_as_far_as_it_can_be_without_DNS(
        string from, string key, DiagnosticSeverity? expected)
    {
        var email = NewMail();
        email.From = $"me@{from}";
        var options = new ServerOptions { Host = "h.example", Dkim = new() { Domain = key, Selector = "s", PrivateKey = "k" } };

        var found = email.Analyze(options).Where(d => d.Code == EmailDiagnosticCodes.DkimDomain).ToList();

        Assert.Equal(expected, found.SingleOrDefault()?.Severity);
        Assert.Equal(
            expected == DiagnosticSeverity.Information, found.Any(d => d.Message.Contains("Only DNS tells", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("example.com", null)]
    [InlineData("mail.example.com", DiagnosticSeverity.Information)]
    [InlineData("example.org", DiagnosticSeverity.Warning)]
    public void Of_several_DKIM_keys_the_nearest_is_judged(string nearest, DiagnosticSeverity? expected)
    {
        var email = NewMail();
        email.From = "me@example.com";
        var (near, far) = (Key(nearest), Key("unrelated.test"));

        foreach (var options in new ServerOptions[]
            {
                new() { Host = "h.example", Dkim = far, DkimKeys = [near] },
                new() { Host = "h.example", Dkim = near, DkimKeys = [far] },
                new() { Host = "h.example", DkimKeys = [far, near] },
            })
        {
            var found = email.Analyze(options).Where(d => d.Code == EmailDiagnosticCodes.DkimDomain).ToList();

            Assert.Equal(expected, found.SingleOrDefault()?.Severity);
        }

        static DkimOptions Key(string domain) => new() { Domain = domain, Selector = "s", PrivateKey = "k" };
    }

    private static MemoryStream AtItsEnd() => new([1, 2, 3]) { Position = 3 };

    private static string EmptyFile()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("empty").FullName, "a.bin");
        File.WriteAllBytes(path, []);
        return path;
    }

    private static void AddAttachments(Email email, int count)
    {
        for (var i = 0; i < count; i++)
            email.Attachments.Add(MailAttachment.FromBytes([1], "a.bin"));
    }

    [Fact]
    public void A_diagnostic_names_the_empty_attachment()
    {
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromBytes([1], "a.bin"));
        email.Attachments.Add(MailAttachment.FromBytes([], "b.bin"));

        var diagnostic = Assert.Single(email.Analyze());

        Assert.Equal(DiagnosticSeverity.Warning, diagnostic.Severity);
        Assert.Equal("Attachments[1] (\"b.bin\"): the content is empty.", diagnostic.Message);
    }

    [Theory]
    [InlineData("BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "CANCEL")]
    [InlineData("BEGIN:VCALENDAR\nVERSION:2.0\nmethod;X-A=\"b:c\":reply\nEND:VCALENDAR", "REPLY")]
    [InlineData("BEGIN:VCALENDAR\r\nMET\r\n HOD:CAN\r\n\tCEL\r\nEND:VCALENDAR\r\n", "CANCEL")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nMETHOD:CANCEL\nEND:VEVENT\nEND:VCALENDAR", "REQUEST")]
    [InlineData("BEGIN:VCALENDAR\nMETHOD:\nEND:VCALENDAR", "REQUEST")]
    [InlineData("", "REQUEST")]
    public void The_method_of_a_calendar_is_that_of_its_text(string content, string expected)
    {
        var email = NewMail();
        email.Calendar = new MailCalendar(content);

        Assert.Equal(expected, email.Calendar.Method);
        Assert.Contains($"method={expected}", email.ToMime(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data:image/png;base64,AQI", new byte[] { 1, 2 })]
    [InlineData("data:image/png;base64,AQ", new byte[] { 1 })]
    [InlineData("data:image/png;base64,AQ==", new byte[] { 1 })]
    [InlineData("data:image/png; base64,A Q\n==", new byte[] { 1 })]
    [InlineData("data:image/png;base64,%41Q%3D%3D", new byte[] { 1 })]
    [InlineData("data:image/png;base64,", new byte[0])]
    [InlineData("data:image/svg+xml,%C3%BC+%FF%2", new byte[] { 0xC3, 0xBC, (byte)'+', 0xFF, (byte)'%', (byte)'2' })]
    [InlineData("data:image/svg+xml,ü", new byte[] { 0xC3, 0xBC })]
    public void Data_of_an_image_is_decoded_as_browsers_do(string uri, byte[] expected)
    {
        var email = new Email { HtmlBody = $"<img src=\"{uri}\">" };

        Assert.Equal(1, email.EmbedImages());
        Assert.Equal(expected, Assert.Single(email.Attachments).GetContent());
    }

    [Theory]
    [InlineData("A")]
    [InlineData("AQ=B")]
    [InlineData("AQ===")]
    [InlineData("A-_Q")]
    public void Data_that_no_browser_decodes_is_an_error(string data)
    {
        var html = $"<img src=\"data:image/png;base64,{data}\">";
        var email = new Email { HtmlBody = html };

        Assert.Throws<FormatException>(() => email.EmbedImages());
        Assert.Equal(html, email.HtmlBody);
    }

    [Theory]
    [MemberData(nameof(Problems), DisableDiscoveryEnumeration = true)]
    public void Analyze_finds_problems_for_readers_and_servers(string code, Action<Email> change)
    {
        var options = new ServerOptions { Dkim = new() { Domain = "example.com", Selector = "s" } };
        var good = NewMail();
        good.From = "me@example.com";
        good.HtmlBody = "<p>Hello { not } {{}} <img src='cid:there'></p>";
        good.Attachments.Add(MailAttachment.FromBytes([1], "a.png", "there"));
        Assert.Empty(good.Analyze(options, 150_000));

        change(good);

        var diagnostic = good.Analyze(options, 150_000).FirstOrDefault(f => f.Code == code);
        Assert.NotNull(diagnostic);
        Assert.NotEmpty(diagnostic.Message);
        Assert.NotEmpty(diagnostic.Property);
    }
}
