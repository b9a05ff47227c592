using MimeKit;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

public sealed class RealServerLoginTests(PostfixServer server) : RealServerTest(server)
{
    private const string Text = "Dear Bob,\n\nthe figures follow.\n";
    private const string Html = "<p>Dear Bob,</p>\n<p>the <b>figures</b> follow.</p>\n";
    private static readonly byte[] Figures = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31))];

    public enum Line
    {
        StartTls,
        StartTlsForced,
        ImplicitTls,
    }

    // The line, the mode, and the mechanism that the server must have seen.
    public static TheoryData<Line, AuthenticationMode, string> Logins => new()
    {
        { Line.StartTls, AuthenticationMode.Plain, "PLAIN" },
        { Line.StartTls, AuthenticationMode.Login, "LOGIN" },
        { Line.StartTls, AuthenticationMode.CramMd5, "CRAM-MD5" },
        { Line.StartTls, AuthenticationMode.ScramSha1, "SCRAM-SHA-1" },
        { Line.StartTls, AuthenticationMode.ScramSha256, "SCRAM-SHA-256" },
        { Line.StartTls, AuthenticationMode.OAuth2, "XOAUTH2" },
        { Line.StartTls, AuthenticationMode.OAuthBearer, "OAUTHBEARER" },
        { Line.StartTls, AuthenticationMode.Auto, "SCRAM-SHA-256" },
        { Line.StartTlsForced, AuthenticationMode.Plain, "PLAIN" },
        { Line.ImplicitTls, AuthenticationMode.Plain, "PLAIN" },
        { Line.ImplicitTls, AuthenticationMode.Auto, "SCRAM-SHA-256" },
    };

    [Theory]
    [MemberData(nameof(Logins))]
    public async Task A_mail_sent_with_each_login_lies_on_the_servers_disk(Line line, AuthenticationMode mode, string mechanism)
    {
        using var transporter = new SmtpTransporter(OptionsFor(line, mode));

        // The synchronous call is what this test is about.
#pragma warning disable xUnit1051, CA1849
        var result = transporter.Send(FullMail());
#pragma warning restore xUnit1051, CA1849

        await AssertDeliveredAsync(result, line, mechanism);
    }

    [Theory]
    [MemberData(nameof(Logins))]
    public async Task A_mail_sent_asynchronously_with_each_login_lies_on_the_servers_disk(Line line, AuthenticationMode mode, string mechanism)
    {
        await using var transporter = new SmtpTransporter(OptionsFor(line, mode));

        var result = await transporter.SendAsync(FullMail(), Cancellation);

        await AssertDeliveredAsync(result, line, mechanism);
    }

    private static Email FullMail()
    {
        var email = NewMail(text: Text);
        email.HtmlBody = Html;
        email.Attachments.Add(MailAttachment.FromBytes(Figures, "figures.bin"));
        return email;
    }

    private ServerOptions OptionsFor(Line line, AuthenticationMode mode)
    {
        var options = Options with { AuthenticationMode = mode };
        if (mode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer)
            options = options with { Password = null, AccessTokenOAuth2 = Server.Token() };
        return line switch
        {
            Line.StartTls => options,
            Line.StartTlsForced => options with { Port = Server.EncryptPort },
            _ => options with { Port = Server.ImplicitTlsPort, ImplicitTls = true },
        };
    }

    private async Task AssertDeliveredAsync(SendResult result, Line line, string mechanism)
    {
        AssertAccepted(result);
        var delivered = await DeliveredAsync("bob", result);
        Assert.Equal("Monthly report", delivered.Subject);
        Assert.Equal("\"Alice\" <alice@example.test>", delivered.From.ToString());
        Assert.Equal("bob@example.test", delivered.To.ToString());
        Assert.Equal(result.MessageId, delivered.MessageId);
        Assert.Equal(Text, delivered.TextBody?.ReplaceLineEndings("\n"));
        Assert.Equal(Html, delivered.HtmlBody?.ReplaceLineEndings("\n"));
        var attachment = Assert.IsType<MimePart>(Assert.Single(delivered.Attachments), exactMatch: false);
        Assert.Equal("figures.bin", attachment.FileName);
        Assert.Equal(Figures, Decoded(attachment));
        // RFC 3848: ESMTP with TLS (S) and login (A).
        Assert.Contains(" with ESMTPSA ", delivered.Headers[HeaderId.Received]!.ReplaceLineEndings(" ").Replace('\t', ' '), StringComparison.Ordinal);

        var taken = await LogLineAsync(result);
        var port = line switch { Line.StartTls => "starttls", Line.StartTlsForced => "encrypt", _ => "implicit" };
        Assert.Contains($"postfix/{port}/smtpd[", taken, StringComparison.Ordinal);
        Assert.Contains($"sasl_method={mechanism}, sasl_username=alice", taken, StringComparison.Ordinal);
    }

    private static byte[] Decoded(MimePart part)
    {
        using var content = new MemoryStream();
        part.Content!.DecodeTo(content, Cancellation);
        return content.ToArray();
    }
}
