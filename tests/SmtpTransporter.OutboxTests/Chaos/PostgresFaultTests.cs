using Npgsql;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>PostgreSQL fails at each call once, in each way.</summary>
[Collection("beside chaos")]
public sealed class PostgresFaultTests : IAsyncLifetime
{
    private Postgres? _postgres;
    private string _database = "";

    public static TheoryData<FaultKind> Kinds => FaultTests.Kinds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _postgres = await Postgres.StartAsync(Cancellation);
        _database = await _postgres.CreateDatabaseAsync(Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _postgres?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_call_that_fails_loses_nothing_and_sends_nothing_twice(FaultKind kind) =>
        new FaultRuns([.. Enumerable.Range(0, 8).Select(Create)]).RunAsync(kind, isFirstStart: false);

    private FaultStore Create(int number) => new(
        options => options.UsePostgres(_database), NpgsqlFactory.Instance, _database, new PostgresErrors()) { Prefix = $"f{number}" };
}
