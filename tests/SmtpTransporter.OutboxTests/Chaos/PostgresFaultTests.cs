using Npgsql;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// PostgreSQL fails at each third call once, in each way, so that each call fails in some way. <c>OUTBOX_FAULT_STEP=1</c> is each call.
/// </summary>
[Collection("beside chaos")]
public sealed class PostgresFaultTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    public static TheoryData<FaultKind> Kinds => FaultTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_call_that_fails_loses_nothing_and_sends_nothing_twice(FaultKind kind) =>
        new FaultRuns([.. Enumerable.Range(0, 8).Select(Create)]).RunAsync(kind, isFirstStart: false, FaultRuns.Step);

    private FaultStore Create(int number) => new(
        options => options.UsePostgres(postgres.Database), NpgsqlFactory.Instance, postgres.Database, new PostgresErrors())
    {
        Prefix = $"f{number}",
    };
}
