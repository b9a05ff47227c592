namespace SmtpTransport;

/// <summary>What a <see cref="ServerOptions.ConnectCallback"/> is to connect to. Immutable.</summary>
/// <param name="Host">The server's name or IP address: <see cref="ServerOptions.Host"/>.</param>
/// <param name="Port">The port: <see cref="ServerOptions.Port"/>.</param>
public sealed record ConnectContext(string Host, int Port);
