using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests;

/// <inheritdoc/>
public sealed class SqliteFeedbackTests : FeedbackTests
{
    private protected override OutboxTables Tables => new(() => new SqliteConnection(Host.ConnectionString));

    private protected override int Step => 1;

    private protected override Task<Action<OutboxOptions>> CreateDatabaseAsync() => Task.FromResult<Action<OutboxOptions>>(_ => { });
}
