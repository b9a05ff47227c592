namespace SmtpTransport.Testing;

public sealed partial class SmtpTestServer
{
    /// <summary>Creates the options of a transporter that sends to this server.</summary>
    /// <remarks>
    /// They have the server's host and port, trust its certificate only, and authenticate as the first of
    /// <see cref="SmtpTestServerOptions.Users"/>, or else with the <see cref="SmtpTestServerOptions.AccessToken"/>. A server without TLS is
    /// accepted. Use <c>with { … }</c> to change them.
    /// </remarks>
    /// <returns>New options at each call.</returns>
    public ServerOptions ToServerOptions()
    {
        var options = new ServerOptions
        {
            Host = Host,
            Port = Port,
            Protocol = _options.Protocol,
            ImplicitTls = _options.Tls == SmtpTestTlsMode.Implicit,
            AcceptUnsecureConnection = _options.Tls == SmtpTestTlsMode.None,
            TrustedCertificates = Certificate is null ? [] : [Certificate],
        };
        if (_options.Users.Count > 0)
        {
            var (user, password) = _options.Users.First();
            return options with { User = user, Password = password };
        }
        return _options.AccessToken is null ? options : options with { User = "user", AccessTokenOAuth2 = _options.AccessToken };
    }
}
