using System.Data.Common;
using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>A database on a server, for many machines: what the servers do alike. Thread-safe.</summary>
internal abstract class ClusteredDatabase(DbProviderFactory factory, string connectionString, TableNames tables, TimeProvider time)
    : Database(factory, connectionString, tables, time)
{
    private string? _identity;

    public sealed override bool IsClustered => true;

    public sealed override bool IsServer => true;

    public sealed override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    public sealed override string LockById => "ORDER BY id FOR UPDATE";

    public sealed override string Greatest => "greatest";

    /// <summary>How often a transaction is begun at most, if the server ends it in favor of others.</summary>
    protected abstract int MaxAttempts { get; }

    public sealed override bool IsUnavailable(Exception exception) => exception switch
    {
        CommitUncertainException or TimeoutException or IOException => true,
        DbException error => IsPassing(error),
        _ => false,
    };

    public sealed override async Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction.Connection is not { } own || !IsOwnKind(own))
            return false;
        await PrepareAsync(transaction, cancellationToken).ConfigureAwait(false);
        var theirs = await IdentifyAsync(own, transaction, cancellationToken).ConfigureAwait(false);
        if (theirs == _identity)
            return true;
        // Ours is not known yet, or the server has moved or was restarted.
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            _identity = await IdentifyAsync(connection, null, cancellationToken).ConfigureAwait(false);
        return theirs == _identity;
    }

    /// <inheritdoc/>
    public sealed override Task<T> InTransactionAsync<T>(
        DbConnection connection, Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken) =>
        RepeatIfAbortedAsync(_ => base.InTransactionAsync(connection, run, cancellationToken));

    public sealed override async Task<T> RepeatIfAbortedAsync<T>(Func<bool, Task<T>> run)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await run(attempt > 1).ConfigureAwait(false);
            }
            catch (DbException exception) when (attempt < MaxAttempts && IsAborted(exception))
            {
                // Nothing of it was committed.
            }
        }
    }

    public sealed override async Task<DatabaseBurden?> FindBurdenAsync(TimeSpan after, CancellationToken cancellationToken)
    {
        if (await FindOldestTransactionAsync(cancellationToken).ConfigureAwait(false) is not { } oldest || oldest.Age <= after)
            return null;
        return new DatabaseBurden(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{oldest.Subject} is {oldest.Age.TotalMinutes:F0} minutes old. Until it ends, the database cannot clean "
                + $"up what the outbox has changed; end it: {oldest.Remedy}"),
            new() { ["oldestTransactionSeconds"] = Math.Round(oldest.Age.TotalSeconds), ["oldestTransactionProcess"] = oldest.Process });
    }

    /// <summary>Whether an error of the server or the provider may pass (<see cref="IsUnavailable"/>).</summary>
    protected abstract bool IsPassing(DbException error);

    /// <summary>Whether an error means that the server has ended the transaction, and that the same may succeed at once.</summary>
    protected abstract bool IsAborted(DbException error);

    /// <summary>The server and the database, whatever names lead there.</summary>
    protected abstract Task<string> IdentifyAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken);

    /// <summary>
    /// The oldest transaction of others that keeps old versions of rows: each claim steps over them. Null if there is none, or this user
    /// may not see it.
    /// </summary>
    protected abstract Task<OldestTransaction?> FindOldestTransactionAsync(CancellationToken cancellationToken);
}
