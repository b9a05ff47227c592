using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Tests of which each has an empty database on a server.</summary>
public abstract class ServerDatabaseTests : IAsyncLifetime
{
    private ServerDatabase? _database;

    private protected ServerDatabase Database => _database!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await CreateDatabaseAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected abstract Task<ServerDatabase> CreateDatabaseAsync();
}
