using MySqlConnector;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// MariaDB fails at each fifth call once, in each way, so that each call fails in some way. <c>OUTBOX_FAULT_STEP=1</c> is each call.
/// </summary>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbFaultTests(SharedMariaDb shared)
{
    public static TheoryData<FaultKind> Kinds => FaultTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_call_that_fails_loses_nothing_and_sends_nothing_twice(FaultKind kind) =>
        await (await CreateRunsAsync()).RunAsync(kind, isFirstStart: false);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_call_that_fails_while_there_are_no_tables_yet_loses_nothing(FaultKind kind) =>
        await (await CreateRunsAsync()).RunAsync(kind, isFirstStart: true);

    private async Task<FaultRuns> CreateRunsAsync()
    {
        var database = await shared.CreateDatabaseAsync();
        return new FaultRuns([.. Enumerable.Range(0, 8).Select(i => new FaultStore(
            options => options.UseMariaDb(database), MySqlConnectorFactory.Instance, database, new MariaDbErrors())
        {
            Prefix = $"f{i}",
        })]);
    }
}
