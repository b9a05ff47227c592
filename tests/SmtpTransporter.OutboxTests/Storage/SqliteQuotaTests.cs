using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests;

/// <inheritdoc/>
public sealed class SqliteQuotaTests : QuotaTests
{
    private protected override OutboxTables Tables => new(() => new SqliteConnection(Host.ConnectionString));

    private protected override Task<Action<OutboxOptions>> CreateDatabaseAsync() => Task.FromResult<Action<OutboxOptions>>(_ => { });

    private protected override void UseSame(OutboxOptions options) => options.UseSqlite(Host.ConnectionString);
}
