using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbGroupTests(SharedMariaDb shared) : GroupTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => MariaDbServerDatabase.CreateAsync(shared.Server);
}
