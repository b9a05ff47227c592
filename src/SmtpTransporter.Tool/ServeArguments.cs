using SmtpTransport.Testing;

namespace SmtpTransport.Tool;

/// <summary>The arguments of <c>serve</c>. Immutable.</summary>
/// <param name="Port">The port of the SMTP server; 0 for a free one.</param>
/// <param name="WebPort">The port of the mailbox; 0 for a free one.</param>
/// <param name="Tls">How the SMTP server uses TLS.</param>
/// <param name="Anywhere">Whether to listen on all addresses.</param>
/// <param name="AllowedHosts">The host names by which the mailbox may be called, beside those of this machine.</param>
/// <param name="Keep">The number of messages to keep.</param>
/// <param name="Release">The server to which the mailbox can send a message; null for none.</param>
/// <param name="RequestsLinks">Whether the mailbox can request the addresses in a message.</param>
internal sealed record ServeArguments(
    int Port, int WebPort, SmtpTestTlsMode Tls, bool Anywhere, IReadOnlyList<string> AllowedHosts, int Keep,
    ServerOptions? Release, bool RequestsLinks);
