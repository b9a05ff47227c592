using Npgsql;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// PostgreSQL fails at each fifth call once, in each way, so that each call fails in some way. <c>OUTBOX_FAULT_STEP=1</c> is each call.
/// </summary>
[Collection("beside chaos")]
public sealed class PostgresFaultTests(SharedPostgres shared) : IClassFixture<SharedPostgres>
{
    public static TheoryData<FaultKind> Kinds => FaultTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_call_that_fails_loses_nothing_and_sends_nothing_twice(FaultKind kind)
    {
        var database = await shared.Server.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        var stores = Enumerable.Range(0, 8).Select(number => new FaultStore(
            options => options.UsePostgres(database), NpgsqlFactory.Instance, database, new PostgresErrors())
        {
            Prefix = $"f{number}",
        });

        await new FaultRuns([.. stores]).RunAsync(kind, isFirstStart: false);
    }
}
