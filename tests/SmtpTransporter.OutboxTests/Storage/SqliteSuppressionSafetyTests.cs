using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests;

/// <inheritdoc/>
public sealed class SqliteSuppressionSafetyTests : SuppressionSafetyTests
{
    private protected override OutboxTables Tables => new(() => new SqliteConnection(Host.ConnectionString));

    private protected override Task<Action<OutboxOptions>> CreateDatabaseAsync() => Task.FromResult<Action<OutboxOptions>>(_ => { });
}
