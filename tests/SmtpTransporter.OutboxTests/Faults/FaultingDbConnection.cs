using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>A connection on which each call may fail. Calls that would block a thread are not supported: an outbox makes none.</summary>
internal sealed class FaultingDbConnection(DbProviderFactory factory, DbConnection inner, IDatabaseCalls calls) : DbConnection
{
    private FaultingDbTransaction? _transaction;
    private bool _isClosed;

    /// <summary>The connection to the database itself.</summary>
    public DbConnection Inner => inner;

    /// <summary>Whether nothing on this connection is answered any more.</summary>
    public bool IsDead { get; set; }

    [AllowNull]
    public override string ConnectionString
    {
        get => inner.ConnectionString;
        set => inner.ConnectionString = value;
    }

    public override int ConnectionTimeout => inner.ConnectionTimeout;

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override bool CanCreateBatch => inner.CanCreateBatch;

    protected override DbProviderFactory DbProviderFactory => factory;

    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        var limit = ConnectionTimeout == 0 ? (TimeSpan?)null : TimeSpan.FromSeconds(ConnectionTimeout);
        return RunAsync(
            DatabaseCallKind.Open, "", limit,
            async () =>
            {
                await inner.OpenAsync(cancellationToken);
                return true;
            },
            cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            await RunAsync(
                DatabaseCallKind.Close, "", null,
                async () =>
                {
                    await inner.DisposeAsync();
                    return true;
                },
                CancellationToken.None);
        }
        await base.DisposeAsync();
    }

    public Task<T> RunAsync<T>(
        DatabaseCallKind kind, string sql, TimeSpan? limit, Func<Task<T>> run, CancellationToken cancellationToken) =>
        calls.RunAsync(new DatabaseCall(kind, sql, limit, this), run, cancellationToken);

    /// <summary>How long the provider waits for the end of a transaction.</summary>
    public TimeSpan? GetDefaultLimit()
    {
        using var command = inner.CreateCommand();
        return Limit(command.CommandTimeout);
    }

    public static TimeSpan? Limit(int seconds) => seconds == 0 ? null : TimeSpan.FromSeconds(seconds);

    /// <summary>The transaction has ended, or its process has.</summary>
    public void Leave() => _transaction = null;

    /// <summary>Ends the connection at once, as the operating system does if the process ends.</summary>
    public void Kill()
    {
        IsDead = true;
        _transaction?.Inner.Dispose();
        inner.Dispose();
    }

    public override void Open() => throw new NotSupportedException();

    public override void Close() => inner.Close();

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(
        IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        _transaction = await RunAsync(
            DatabaseCallKind.Begin, "", GetDefaultLimit(),
            async () => new FaultingDbTransaction(this, await inner.BeginTransactionAsync(isolationLevel, cancellationToken)),
            cancellationToken);

    protected override DbCommand CreateDbCommand() => new FaultingDbCommand(this, inner.CreateCommand());

    protected override DbBatch CreateDbBatch() => new FaultingDbBatch(this, inner.CreateBatch());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
