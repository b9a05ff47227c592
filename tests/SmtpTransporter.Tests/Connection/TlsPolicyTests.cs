using MailKit.Security;
using Xunit;

namespace SmtpTransport.Tests;

public class TlsPolicyTests
{
    [Theory]
    [InlineData(465, null, false, SecureSocketOptions.SslOnConnect)]
    [InlineData(465, null, true, SecureSocketOptions.SslOnConnect)]
    [InlineData(465, false, false, SecureSocketOptions.StartTls)]
    [InlineData(2525, true, true, SecureSocketOptions.SslOnConnect)]
    [InlineData(587, null, false, SecureSocketOptions.StartTls)]
    [InlineData(25, null, true, SecureSocketOptions.StartTlsWhenAvailable)]
    public void Clear_text_is_possible_only_if_the_options_accept_it(
        int port, bool? implicitTls, bool accept, SecureSocketOptions expected) =>
        Assert.Equal(
            expected,
            TlsPolicy.Of(new ServerOptions { Host = "x", Port = port, ImplicitTls = implicitTls, AcceptUnsecureConnection = accept }));

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, true, false)]
    public void Authentication_is_not_started_in_clear_text(bool secure, bool accept, bool refused)
    {
        var exception = Record.Exception(
            () => TlsPolicy.ThrowIfClear(new ServerOptions { Host = "x", AcceptUnsecureConnection = accept }, secure));

        Assert.Equal(refused, exception is SendFailureException { Code: SmtpErrorCodes.EncryptionRequired, Component: "auth" } known
            && known.Message.Contains("not encrypted", StringComparison.Ordinal));
    }
}
