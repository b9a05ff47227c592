using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class EmailHelpersTests : SocketTest
{
    private const string Png = "iVBORw0KGgo=";

    private static MimeMessage Parsed(Email email) => MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(email.ToMime())));

    [Fact]
    public void Images_in_the_html_become_parts()
    {
        var folder = Directory.CreateTempSubdirectory("smtp-images-");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "sub"));
        File.WriteAllBytes(Path.Combine(folder.FullName, "sub", "a b.png"), Convert.FromBase64String(Png));
        const string html = "<!--[if mso]><x:y/><![endif]--><p>Text &amp; more</p><img alt='A' src='sub/a%20b.png'/><IMG SRC=\"data:image/png;base64," + Png
            + "\"><img src='sub/a%20b.png'><img src='https://x.example/c.png'><img src='cid:there'><script>var x = \"<img src='sub/none.png'>\";</script>";
        var email = new Email { From = "me@example.com", HtmlBody = html };

        Assert.Equal(2, email.EmbedImages(folder.FullName));

        Assert.Equal(["a b.png", "image2.png"], email.Attachments.Select(a => a.Name));
        Assert.All(email.Attachments, a => Assert.Equal(Convert.FromBase64String(Png), a.GetContent()));
        Assert.StartsWith("<!--[if mso]><x:y/><![endif]--><p>Text &amp; more</p>", email.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(2, email.HtmlBody!.Split($"cid:{email.Attachments[0].Cid}").Length - 1);
        Assert.Contains("https://x.example/c.png", email.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("sub/none.png", email.HtmlBody, StringComparison.Ordinal);
        Assert.IsType<MultipartRelated>(Parsed(email).Body);
        Assert.Equal(0, email.EmbedImages(folder.FullName));
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("../secret.png")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../secret.png")]
    [InlineData("%2e%2e/secret.png")]
    public void An_image_outside_the_folder_is_refused_and_the_mail_unchanged(string address)
    {
        var email = new Email { HtmlBody = $"<img src=\"{address}\">" };

        Assert.Throws<FormatException>(() => email.EmbedImages(Path.GetTempPath()));

        Assert.Empty(email.Attachments);
        Assert.Contains(address, email.HtmlBody, StringComparison.Ordinal);
        // Without a folder no file is looked at.
        Assert.Equal(0, email.EmbedImages());
    }

    [Fact]
    public void An_image_that_is_none_is_an_error()
    {
        Assert.Throws<FileNotFoundException>(() => new Email { HtmlBody = "<img src='none.png'>" }.EmbedImages(Path.GetTempPath()));
        Assert.Throws<FormatException>(() => new Email { HtmlBody = "<img src='data:image/png;base64,!!!'>" }.EmbedImages());
        Assert.Throws<FormatException>(() => new Email { HtmlBody = "<img src='data:nonsense'>" }.EmbedImages());
    }

    [Theory]
    [InlineData("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree\n")]
    [InlineData("a   b\n\n c&amp;d &lt;e&gt; &uuml;&nbsp;x", "a b c&d <e> ü x\n")]
    [InlineData("<head><title>T</title><style>p{}</style></head><body>Body<script>x()</script></body>", "Body\n")]
    [InlineData("<h1>Title</h1>Text", "Title\n\nText\n")]
    [InlineData("<ul><li>one<li>two<ol><li>a</li><li>b</li></ol></ul>after", "- one\n- two\n  1. a\n  2. b\n\nafter\n")]
    [InlineData("See <a href='https://x.example/?a=1&amp;b=2'>this</a>.", "See this (https://x.example/?a=1&b=2).\n")]
    [InlineData("<a href='https://x.example/'>https://x.example</a> <a href='mailto:a@x.example'>a@x.example</a>", "https://x.example a@x.example\n")]
    [InlineData("<a href='javascript:alert(1)'>no</a>", "no\n")]
    [InlineData("<img src='cid:x' alt='Our logo'><img src='y'>", "Our logo\n")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a b\nc d\n")]
    [InlineData("<pre>  x\n   y</pre>", "  x\n   y\n")]
    [InlineData("<!-- comment -->text<!--[if mso]>mso<![endif]-->", "text\n")]
    [InlineData("日本<b>語</b> 🎉", "日本語 🎉\n")]
    [InlineData("", "\n")]
    [InlineData("</p></ul></a><<<", "<<<\n")]
    public void Text_is_made_of_html(string html, string text)
    {
        var email = new Email { HtmlBody = html };

        Assert.Equal(text.TrimStart(), email.GenerateTextBody()!.TrimStart());
        Assert.Equal(email.TextBody, email.GenerateTextBody());
    }

    [Fact]
    public void Unsubscribing_takes_one_click()
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
        var email = new Email { From = "me@example.com", TextBody = "t", HtmlBody = "h", Calendar = new("BEGIN:VCALENDAR\nSUMMARY:Grüße\nEND:VCALENDAR") };

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
    public void A_priority_is_written_in_all_dialects(MailPriority priority, string? importance, string? number)
    {
        var headers = Parsed(new Email { From = "me@example.com", Priority = priority }).Headers;

        Assert.Equal((importance, number), (headers["Importance"], headers["X-Priority"]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Notifications_are_asked_for_or_the_mail_is_not_sent(bool async)
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
    public void What_is_new_goes_through_json()
    {
        var email = new Email
        {
            Priority = MailPriority.High,
            Notify = DeliveryNotifications.Delay | DeliveryNotifications.Failure,
            EnvelopeId = "x",
            Calendar = new("c", "CANCEL"),
        };

        var read = Email.FromJson(email.ToJson());

        Assert.Equal((email.Priority, email.Notify, email.EnvelopeId, email.Calendar), (read.Priority, read.Notify, read.EnvelopeId, read.Calendar));
        Assert.Contains("notify", Assert.Throws<FormatException>(() => Email.FromJson("""{"notify": ["sometimes"]}""")).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<Email>> Findings => new()
    {
        { "invalid", m => m.To = [] },
        { "invalid", m => m.From = "nobody" },
        { "invalid", m => m.Attachments.Add(MailAttachment.FromFile("/nowhere/x")) },
        { "placeholder", m => m.TextBody = "Dear {{ name }}," },
        { "placeholder", m => m.Subject = "Your order {{orderId}}" },
        { "cid-missing", m => m.HtmlBody = "<img src=\"cid:logo\">" },
        { "cid-unused", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a.png", "logo")) },
        { "long-line", m => m.TextBody = new string('x', 999) },
        { "clipped", m => m.HtmlBody = string.Concat(Enumerable.Repeat("<p>text</p>\n", 10_000)) },
        { "blocked-type", m => m.Attachments.Add(MailAttachment.FromBytes([1], "setup.EXE")) },
        { "too-large", m => m.Attachments.Add(MailAttachment.FromBytes(new byte[200_000], "a.bin")) },
        { "dkim-domain", m => m.From = "me@other.example" },
        { "no-text", m => { m.HtmlBody = "x"; m.TextBody = null; } },
        { "no-subject", m => m.Subject = " " },
    };

    [Theory]
    [MemberData(nameof(Findings), DisableDiscoveryEnumeration = true)]
    public void A_check_finds_what_readers_would_stumble_over(string code, Action<Email> change)
    {
        var options = new ServerOptions { Dkim = new() { Domain = "example.com", Selector = "s" } };
        var good = NewMail();
        good.From = "me@mail.example.com";
        good.HtmlBody = "<p>Hello { not } {{}} <img src='cid:there'></p>";
        good.Attachments.Add(MailAttachment.FromBytes([1], "a.png", "there"));
        Assert.Empty(good.Analyze(options, 150_000));

        change(good);

        var finding = good.Analyze(options, 150_000).FirstOrDefault(f => f.Code == code);
        Assert.NotNull(finding);
        Assert.NotEmpty(finding.Message);
        Assert.NotEmpty(finding.Property);
    }
}
