using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresSharedDatabaseTests(SharedPostgres shared) : SharedDatabaseTests
{
    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        var database = await shared.CreateDatabaseAsync();
        return o => o.UsePostgres(database);
    }
}
