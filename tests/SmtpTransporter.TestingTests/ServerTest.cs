using SmtpTransport.Testing;

namespace SmtpTransport.TestingTests;

/// <summary>A test with a server of its own.</summary>
public abstract class ServerTest(SmtpTestServerOptions options) : IAsyncDisposable
{
    protected SmtpTestServer Server { get; } = SmtpTestServer.Start(options);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
