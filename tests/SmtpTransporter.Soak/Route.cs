using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>One route to a server, with a transporter that is replaced from time to time while others send through it.</summary>
internal sealed class Route(
    string name, ServerOptions options, TimeProvider clock, bool logIsFull = false, bool refusesSome = false) : IAsyncDisposable
{
    private volatile SmtpTransporter _transporter = Create(options, clock);

    public string Name => name;

    public SmtpTransporter Transporter => _transporter;

    public bool LogIsFull => logIsFull;

    /// <summary>Whether some of the recipients are unknown to the server.</summary>
    public bool RefusesSome => refusesSome;

    public static ServerOptions To(SmtpTestServer server, int? port = null, string? log = null) => server.ToServerOptions() with
    {
        Port = port ?? server.Port,
        AuthenticationMode = AuthenticationMode.Plain,
        MaxConnections = 2,
        ConnectionTimeout = TimeSpan.FromMilliseconds(500),
        SendTimeout = TimeSpan.FromSeconds(1),
        LogFile = log,
    };

    public static ServerOptions To(WornServer server) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        AcceptUnsecureConnection = true,
        MaxConnections = 3,
        ConnectionTimeout = TimeSpan.FromMilliseconds(500),
        SendTimeout = TimeSpan.FromSeconds(1),
    };

    public async Task RenewAsync()
    {
        var old = _transporter;
        _transporter = Create(options, clock);
        await old.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _transporter.DisposeAsync();

    private static SmtpTransporter Create(ServerOptions options, TimeProvider clock) => new(options, null, clock, new SystemResolver());
}
