using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what an error says if the server ends the TLS handshake with an alert.</summary>
public sealed class TlsAlertTests : SocketTest
{
    [Theory]
    [InlineData(80, "InternalError", "the fault is the server's")]
    [InlineData(40, "HandshakeFailure", "no TLS version or no cipher in common")]
    [InlineData(70, "ProtocolVersion", "no TLS version or no cipher in common")]
    [InlineData(48, "UnknownCA", "ClientCertificates")]
    [InlineData(116, "116", "ClientCertificates")]
    [InlineData(112, "112", "Check Host")]
    [InlineData(47, "IllegalParameter", "did not accept what this machine sent")]
    public async Task An_alert_says_whose_fault_it_is(byte alert, string name, string meaning)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        server.Script.On(SmtpStep.TlsHandshake).ReplyRaw([0x15, 3, 3, 0, 2, 2, alert]);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        foreach (var async in (bool[])[false, true])
        {
            var result = await SendAsync(transporter, async);

            AssertNotSent(result, SmtpErrorCodes.TlsHandshakeFailed, "tls");
            Assert.Contains(name, result.Reason, StringComparison.Ordinal);
            Assert.Contains(meaning, result.Reason, StringComparison.Ordinal);
            Assert.DoesNotContain("port", result.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_an_alert_there_is_no_explanation()
    {
        Assert.Null(TlsAlert.Explain(null));
        Assert.Null(TlsAlert.Explain(new InvalidOperationException("The 'InternalError'")));
        Assert.Null(TlsAlert.Explain(new System.Security.Authentication.AuthenticationException("Authentication failed")));
    }
}
