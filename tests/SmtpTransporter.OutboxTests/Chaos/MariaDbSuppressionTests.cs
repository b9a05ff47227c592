using Microsoft.Extensions.DependencyInjection;
using MySqlConnector;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbSuppressionTests(SharedMariaDb shared) : SuppressionTests
{
    private string _database = "";

    [Fact]
    public async Task A_claim_sees_an_entry_that_is_committed_after_its_transaction_has_begun_to_read()
    {
        await Host.EnqueueAsync(TestEmail.To("needle"));
        await Host.Services.GetRequiredService<WorkerTable>().RegisterAsync("a", "test", 0, Cancellation);
        var queue = Host.Services.GetRequiredService<QueueTable>();
        await using var blocking = new MySqlConnection(_database);
        await blocking.OpenAsync(Cancellation);
        await using var transaction = await blocking.BeginTransactionAsync(Cancellation);
        await blocking.ExecuteAsync(
            "INSERT INTO smtp_outbox_setting (name, value) VALUES ('limit /lane', 0)", Cancellation, transaction);

        // It has counted what the transporter holds, and waits for its turn to count what the lane holds.
        var claiming = queue.ClaimAsync(
            "a", new QueueKey("", "", OutboxPriority.Normal, false), 1, [(null, 5), ("lane", 5)], Cancellation);
        await new MariaDbServerDatabase(shared.Server, _database).UntilOneWaitsAsync();
        await Host.Services.GetRequiredService<SuppressionTable>().AddAsync(
            [new Suppression("needle@example.org", SuppressionReason.Manual)], Cancellation);
        await transaction.RollbackAsync(Cancellation);

        Assert.True(Assert.Single(await claiming).MayBeSuppressed);
    }

    private protected override OutboxTables Tables => new(() => new MySqlConnection(_database));

    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        return o => o.UseMariaDb(_database);
    }
}
