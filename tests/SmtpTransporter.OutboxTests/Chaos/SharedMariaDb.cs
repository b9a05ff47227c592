using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A server of MariaDB for many tests, each of which has a database of its own. Nothing on it must survive.</summary>
public sealed class SharedMariaDb : IAsyncLifetime
{
    private MariaDb? _server;

    internal MariaDb Server => _server!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = GivenServer.Find("mariadb") is { } given
        ? MariaDb.Connect(given)
        : await MariaDb.StartAsync(isDurable: false, Cancellation);

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    internal Task<string> CreateDatabaseAsync() => Server.CreateDatabaseAsync(Cancellation);
}
