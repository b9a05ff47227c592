using System.Data.Common;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>
/// What applications and workers do with a few emails, step by step, while the database fails at one call; then what must have become of
/// the emails when it does not fail any more.
/// </summary>
internal sealed class FaultScenario(FaultStore store, FaultPlan plan, TimeProvider time, CancellationToken cancellationToken)
    : IDisposable
{
    private const string Dead = "dead";

    private static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);

    private readonly List<string> _violations = [];
    private bool _isCanceled;
    private readonly MemorySink _sink = new(store);
    private readonly Dictionary<string, int> _sizes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool?> _stored = new(StringComparer.Ordinal);

    /// <summary>How many calls the start made, after the run.</summary>
    public int StartCalls { get; private set; }

    /// <summary>Runs the scenario.</summary>
    /// <param name="isFirstStart">Whether the tables do not exist before.</param>
    /// <returns>What is wrong; empty if nothing is.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(bool isFirstStart)
    {
        if (isFirstStart)
            await store.DropAsync(cancellationToken);
        else
            await PrepareAsync();
        var process = new FaultProcess(store, _sink, time, plan);
        await using (process)
            await FailAsync(process);
        await RecoverAsync();
        return [.. _violations, .. _sink.Violations, .. plan.Violation is { } violation ? [violation] : (string[])[]];
    }

    public void Dispose() => _sink.Dispose();

    /// <summary>Stores two emails that a worker has claimed which has ended: it was transmitting the second one.</summary>
    private async Task PrepareAsync()
    {
        var process = new FaultProcess(store, _sink, time, null);
        await using (process)
        {
            await process.Get<Database>().PrepareAsync(null, cancellationToken);
            await store.EmptyAsync(cancellationToken);
            await process.Outbox.EnqueueManyAsync([new(Create("waiting")), new(Create("parked"))], null, cancellationToken);
            await process.Get<WorkerTable>().RegisterAsync(Dead, Dead, 0, cancellationToken);
            var claims = await process.Get<QueueTable>().ClaimAsync(Dead, Key, 2, [], cancellationToken);
            await using var connection = await process.Get<Database>().OpenAsync(cancellationToken);
            var marked = claims.Single(claim => claim.Row.Size == _sizes["parked"]);
            await process.Get<QueueTable>().WriteAsync(connection, new WriteGroup([(marked, Dead)], [], []));
            _stored["waiting"] = _stored["parked"] = true;
        }
    }

    private async Task FailAsync(FaultProcess process)
    {
        // A database that does not come back ends the process as well.
        plan.OnAway = process.Get<WorkerLifetime>().End;
        var writing = process.Get<GroupWriter>().RunAsync();
        await TryAsync("start", () => process.Get<Database>().PrepareAsync(null, cancellationToken));
        StartCalls = plan.Calls;
        await EnqueueAsync(process);
        await TryAsync("take over", () => process.Get<Heartbeat>().TakeOverAllAsync(cancellationToken));
        await SendAsync(process);
        await TryAsync("beat", () => process.Get<Heartbeat>().BeatAsync(cancellationToken));
        // The one that was deferred, and the one that another worker held.
        await SendAsync(process);
        await SendAsync(process);
        await TryAsync("remove", () => process.Get<Sweeper>().CleanUpAsync(cancellationToken));
        await StopAsync(process, writing);
    }

    private async Task EnqueueAsync(FaultProcess process)
    {
        var keyed = Create("keyed");
        var (first, second) = (Guid.Empty, Guid.Empty);
        await StoreAsync(
            "keyed", async () => first = await process.Outbox.EnqueueAsync(keyed, "key", cancellationToken: cancellationToken));
        var isFirst = _stored["keyed"];
        await StoreAsync(
            "keyed", async () => second = await process.Outbox.EnqueueAsync(keyed, "key", cancellationToken: cancellationToken));
        if (first != Guid.Empty && second != Guid.Empty && first != second)
            _violations.Add("Two emails have one key.");
        if (isFirst == true || (isFirst is null && _stored["keyed"] == false))
            _stored["keyed"] = isFirst;
        var deferred = Create("deferred");
        _sink.Defer(_sizes["deferred"], 1);
        await StoreAsync("deferred", () => process.Outbox.EnqueueAsync(deferred, cancellationToken: cancellationToken));
        await StoreInTransactionAsync(process);
        var canceled = Create("canceled", new byte[50_000]);
        var id = Guid.Empty;
        await StoreAsync("canceled", async () => id = await process.Outbox.EnqueueAsync(canceled, cancellationToken: cancellationToken));
        await TryAsync("cancel", async () => _isCanceled = await process.Outbox.CancelAsync(id, cancellationToken));
    }

    private async Task StoreInTransactionAsync(FaultProcess process)
    {
        var email = Create("transaction");
        _stored["transaction"] = false;
        var connection = process.Connections.CreateConnection()!;
        connection.ConnectionString = store.ConnectionString;
        await TryAsync("transaction", async () =>
        {
            await using (connection)
            {
                await connection.OpenAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await process.Outbox.EnqueueAsync(email, transaction: transaction, cancellationToken: cancellationToken);
                // The caller cannot know what a commit has done that fails.
                _stored["transaction"] = null;
                await transaction.CommitAsync(cancellationToken);
                _stored["transaction"] = true;
            }
        });
    }

    private async Task SendAsync(FaultProcess process)
    {
        await TryAsync("claim", () => process.Get<Claimer>().ClaimAsync(cancellationToken));
        await process.Get<SendLanes>().WhenIdleAsync(cancellationToken);
    }

    private async Task StopAsync(FaultProcess process, Task writing)
    {
        await process.Get<WorkerLifetime>().StopAsync();
        await process.Get<SendLanes>().ReleaseAllAsync();
        process.Get<GroupWriter>().Complete();
        await writing;
        await TryAsync("stop", () => process.Get<WorkerRegistration>().RemoveAsync(cancellationToken));
    }

    /// <summary>A worker whose database does not fail ends everything, and leaves nothing behind.</summary>
    private async Task RecoverAsync()
    {
        var process = new FaultProcess(store, _sink, time, null);
        await using (process)
        {
            await process.Get<Database>().PrepareAsync(null, cancellationToken);
            foreach (var (name, isStored) in _stored)
                await CheckStoredAsync(name, isStored);
            await process.Worker.StartAsync(cancellationToken);
            var registration = process.Get<WorkerRegistration>();
            await Poll.UntilAsync(
                async () => await store.CountAsync("email WHERE state IN (0, 1)", cancellationToken) == 0
                    && await store.CountAsync($"worker WHERE token <> '{registration.Token}'", cancellationToken) == 0,
                cancellationToken);
            await process.Worker.StopAsync(CancellationToken.None);
            await store.ExecuteAsync($"UPDATE {store.Prefix}_part SET used_at = 0", cancellationToken);
            await process.Get<Sweeper>().CleanUpAsync(cancellationToken);
        }
        await CheckEndAsync();
    }

    /// <summary>What a caller was told must be so: stored, not stored, or one of them (null).</summary>
    private async Task CheckStoredAsync(string name, bool? isStored)
    {
        var rows = (await store.ReadStatesAsync(_sizes[name], cancellationToken)).Count;
        var isDone = _sink.CountAccepted(_sizes[name]) > 0 || name == "canceled";
        if (rows > 1 || (isStored == true && rows == 0 && !isDone) || (isStored == false && rows > 0))
            _violations.Add($"{name}: the caller was told that it is stored: {isStored}; there are {rows} rows.");
    }

    private async Task CheckEndAsync()
    {
        long unknown = 0;
        foreach (var (name, isStored) in _stored)
        {
            var size = _sizes[name];
            var states = await store.ReadStatesAsync(size, cancellationToken);
            var accepted = _sink.CountAccepted(size);
            // An outcome that nobody could record, because the process ended before the database was back.
            var isUnknown = states is [OutboxState.Unknown] && (name == "parked" || (plan.IsAway && _sink.HasBegun(size)));
            unknown += isUnknown ? 1 : 0;
            if (states.Count > 0 && !isUnknown)
                _violations.Add($"{name} ends as {string.Join(", ", states)}; it was accepted {accepted} times.");
            if (isStored == true && name is not ("canceled" or "parked") && accepted != 1 && !isUnknown)
                _violations.Add($"{name} was accepted {accepted} times.");
            if (name == "parked" && (accepted != 0 || !isUnknown))
                _violations.Add($"{name} ends as {string.Join(", ", states)}; it was accepted {accepted} times.");
        }
        if (_isCanceled && _sink.CountAccepted(_sizes["canceled"]) > 0)
            _violations.Add("The canceled email was accepted.");
        await CheckEmptyAsync("worker", 0);
        await CheckEmptyAsync("part", 0);
        await CheckEmptyAsync("part_use", 0);
        await CheckEmptyAsync("message", unknown);
        // The recipient and the Message-ID.
        await CheckEmptyAsync("term", 2 * unknown);
        await CheckEmptyAsync("email", unknown);
    }

    private async Task CheckEmptyAsync(string table, long expected)
    {
        if (await store.CountAsync(table, cancellationToken) is var count && count != expected)
            _violations.Add($"The table {table} has {count} rows at the end, not {expected}.");
    }

    /// <summary>Stores an email. An exception says that it is not stored, unless it says that nobody knows.</summary>
    private async Task StoreAsync(string name, Func<Task> store)
    {
        _stored[name] = false;
        await TryAsync($"store {name}", async () =>
        {
            try
            {
                await store();
                _stored[name] = true;
            }
            catch (OutboxCommitException)
            {
                _stored[name] = null;
                throw;
            }
        });
    }

    /// <summary>Does a step that may fail because the database does.</summary>
    private async Task TryAsync(string step, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception) when (plan.Failed is not null && exception is DbException or OutboxCommitException)
        {
            // What a loop or a caller gets, who tries again.
        }
#pragma warning disable CA1031 // What must not happen.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _violations.Add($"{step}: {exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>An email with a size of its own, which tells it from the others.</summary>
    private Email Create(string name, params byte[][] attachments)
    {
        var email = TestEmail.To(name, attachments);
        email.TextBody = new string('x', 10 * (_sizes.Count + 1));
        email.MessageId = $"{name}@example.com";
        _sizes[name] = StoredMessage.FromEmail(email).Message.Length;
        return email;
    }
}
