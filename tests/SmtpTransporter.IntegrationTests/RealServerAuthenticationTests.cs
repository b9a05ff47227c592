using MimeKit;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

public sealed class RealServerAuthenticationTests(PostfixServer server) : RealServerTest(server)
{
    private const string Text = "Dear Bob,\n\nthe figures follow.\n";
    private const string Html = "<p>Dear Bob,</p>\n<p>the <b>figures</b> follow.</p>\n";
    private static readonly byte[] Figures = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31))];

    public enum Security
    {
        StartTls,
        StartTlsForced,
        ImplicitTls,
    }

    // The security, the mode, and the mechanism that the server must have logged.
    public static TheoryData<Security, AuthenticationMode, string> Mechanisms => new()
    {
        { Security.StartTls, AuthenticationMode.Plain, "PLAIN" },
        { Security.StartTls, AuthenticationMode.Login, "LOGIN" },
        { Security.StartTls, AuthenticationMode.CramMd5, "CRAM-MD5" },
        { Security.StartTls, AuthenticationMode.ScramSha1, "SCRAM-SHA-1" },
        { Security.StartTls, AuthenticationMode.ScramSha256, "SCRAM-SHA-256" },
        { Security.StartTls, AuthenticationMode.OAuth2, "XOAUTH2" },
        { Security.StartTls, AuthenticationMode.OAuthBearer, "OAUTHBEARER" },
        { Security.StartTls, AuthenticationMode.Auto, "SCRAM-SHA-256" },
        { Security.StartTlsForced, AuthenticationMode.Plain, "PLAIN" },
        { Security.ImplicitTls, AuthenticationMode.Plain, "PLAIN" },
        { Security.ImplicitTls, AuthenticationMode.Auto, "SCRAM-SHA-256" },
    };

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task A_message_sent_with_each_mechanism_is_delivered(Security security, AuthenticationMode mode, string mechanism)
    {
        using var transporter = new SmtpTransporter(CreateOptions(security, mode));

        // This test is about the synchronous call.
#pragma warning disable xUnit1051, CA1849
        var result = transporter.Send(CreateFullEmail());
#pragma warning restore xUnit1051, CA1849

        await AssertDeliveredAsync(result, security, mechanism);
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task A_message_sent_asynchronously_with_each_mechanism_is_delivered(
        Security security, AuthenticationMode mode, string mechanism)
    {
        await using var transporter = new SmtpTransporter(CreateOptions(security, mode));

        var result = await transporter.SendAsync(CreateFullEmail(), Cancellation);

        await AssertDeliveredAsync(result, security, mechanism);
    }

    private static Email CreateFullEmail()
    {
        var email = NewEmail(text: Text);
        email.HtmlBody = Html;
        email.Attachments.Add(MailAttachment.FromBytes(Figures, "figures.bin"));
        return email;
    }

    private ServerOptions CreateOptions(Security security, AuthenticationMode mode)
    {
        var options = Options with { AuthenticationMode = mode };
        if (mode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer)
            options = options with { Password = null, AccessTokenOAuth2 = Server.CreateToken() };
        return security switch
        {
            Security.StartTls => options,
            Security.StartTlsForced => options with { Port = Server.EncryptPort },
            _ => options with { Port = Server.ImplicitTlsPort, ImplicitTls = true },
        };
    }

    private async Task AssertDeliveredAsync(SendResult result, Security security, string mechanism)
    {
        AssertAccepted(result);
        var delivered = await WaitForDeliveryAsync("bob", result);
        Assert.Equal("Monthly report", delivered.Subject);
        Assert.Equal("\"Alice\" <alice@example.test>", delivered.From.ToString());
        Assert.Equal("bob@example.test", delivered.To.ToString());
        Assert.Equal(result.MessageId, delivered.MessageId);
        Assert.Equal(Text, delivered.TextBody?.ReplaceLineEndings("\n"));
        Assert.Equal(Html, delivered.HtmlBody?.ReplaceLineEndings("\n"));
        var attachment = Assert.IsType<MimePart>(Assert.Single(delivered.Attachments), exactMatch: false);
        Assert.Equal("figures.bin", attachment.FileName);
        Assert.Equal(Figures, Decode(attachment));
        // RFC 3848: ESMTP with TLS (S) and authentication (A).
        var received = delivered.Headers[HeaderId.Received]!.ReplaceLineEndings(" ").Replace('\t', ' ');
        Assert.Contains(" with ESMTPSA ", received, StringComparison.Ordinal);

        var logged = await WaitForLogLineAsync(result);
        var port = security switch { Security.StartTls => "starttls", Security.StartTlsForced => "encrypt", _ => "implicit" };
        Assert.Contains($"postfix/{port}/smtpd[", logged, StringComparison.Ordinal);
        Assert.Contains($"sasl_method={mechanism}, sasl_username=alice", logged, StringComparison.Ordinal);
    }

    private static byte[] Decode(MimePart part)
    {
        using var content = new MemoryStream();
        part.Content!.DecodeTo(content, Cancellation);
        return content.ToArray();
    }
}
