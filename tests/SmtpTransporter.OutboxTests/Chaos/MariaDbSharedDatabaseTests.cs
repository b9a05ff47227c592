using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbSharedDatabaseTests(SharedMariaDb shared) : SharedDatabaseTests
{
    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        var database = await shared.CreateDatabaseAsync();
        return o => o.UseMariaDb(database);
    }
}
