using MailKit.Security;

namespace SmtpTransport;

/// <summary>Where TLS must be: the whole of the rule, so that it can be read in one place.</summary>
internal static class TlsPolicy
{
    /// <summary>TLS from the first byte; or STARTTLS, without which nothing is sent unless clear text is accepted.</summary>
    public static SecureSocketOptions Of(ServerOptions options) =>
        options.UsesImplicitTls ? SecureSocketOptions.SslOnConnect
        : options.AcceptUnsecureConnection ? SecureSocketOptions.StartTlsWhenAvailable
        : SecureSocketOptions.StartTls;

    /// <summary>Checked before each authentication, whatever happened before it.</summary>
    /// <exception cref="SendFailureException">The connection is in clear text, which was not accepted.</exception>
    public static void ThrowIfClear(ServerOptions options, bool isSecure)
    {
        if (!isSecure && !options.AcceptUnsecureConnection)
            throw new SendFailureException(
                SmtpErrorCodes.EncryptionRequired, "auth", $"The connection is not encrypted: the authentication was not started.");
    }
}
