using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>One server for all tests of a class. Nothing on it must survive: it does not wait for the disk.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private Postgres? _postgres;

    /// <summary>The connection string of an empty database.</summary>
    internal string Database { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        _postgres = await Postgres.StartAsync(isDurable: false, cancellationToken);
        Database = await _postgres.CreateDatabaseAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _postgres?.Dispose();
        return ValueTask.CompletedTask;
    }
}
