using Npgsql;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A server of PostgreSQL for many tests, each of which has a database of its own.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private Postgres? _server;

    internal Postgres Server => _server!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = GivenServer.Find("postgres") is { } given
        ? Postgres.Connect(given)
        : await Postgres.StartAsync(isDurable: false, Cancellation);

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string, with which each statement is sent as text.</returns>
    internal async Task<string> CreateDatabaseAsync() =>
        new NpgsqlConnectionStringBuilder(await Server.CreateDatabaseAsync(Cancellation)) { MaxAutoPrepare = 0 }.ConnectionString;
}
