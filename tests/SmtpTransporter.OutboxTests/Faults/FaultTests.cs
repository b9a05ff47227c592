using Microsoft.Data.Sqlite;
using Xunit;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>
/// SQLite fails at each fifth call once, in each way, so that each call fails in some way. <c>OUTBOX_FAULT_STEP=1</c> is each call.
/// </summary>
public sealed class FaultTests : IDisposable
{
    // In memory if there is such a folder: the runs store a lot, and nothing of it must survive.
    private static readonly string Parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(Parent, $"faults-{Guid.NewGuid():N}")).FullName;

    public static TheoryData<FaultKind> Kinds => [.. Enum.GetValues<FaultKind>().Except([FaultKind.None])];

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_call_that_fails_loses_nothing_and_sends_nothing_twice(FaultKind kind) =>
        CreateRuns().RunAsync(kind, isFirstStart: false);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_call_that_fails_while_there_are_no_tables_yet_loses_nothing(FaultKind kind) =>
        CreateRuns().RunAsync(kind, isFirstStart: true);

    private FaultRuns CreateRuns() => new([.. Enumerable.Range(0, 8).Select(i =>
    {
        var connectionString = $"Data Source={_folder}/{i}.db";
        return new FaultStore(
            options => options.UseSqlite(connectionString), SqliteFactory.Instance, connectionString, new SqliteErrors());
    })]);
}
