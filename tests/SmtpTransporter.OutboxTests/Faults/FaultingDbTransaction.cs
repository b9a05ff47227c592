using System.Data;
using System.Data.Common;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>A transaction whose end may fail.</summary>
internal sealed class FaultingDbTransaction(FaultingDbConnection connection, DbTransaction inner) : DbTransaction
{
    private bool _hasEnded;

    public DbTransaction Inner => inner;

    public override IsolationLevel IsolationLevel => inner.IsolationLevel;

    protected override DbConnection? DbConnection => _hasEnded ? null : connection;

    public override async Task CommitAsync(CancellationToken cancellationToken = default) => await connection.RunAsync(
        DatabaseCallKind.Commit, "", connection.GetDefaultLimit(),
        async () =>
        {
            await inner.CommitAsync(cancellationToken);
            _hasEnded = true;
            return true;
        },
        cancellationToken);

    public override async Task RollbackAsync(CancellationToken cancellationToken = default) => await connection.RunAsync(
        DatabaseCallKind.Rollback, "", connection.GetDefaultLimit(),
        async () =>
        {
            await inner.RollbackAsync(cancellationToken);
            _hasEnded = true;
            return true;
        },
        cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            // A provider knows that the connection is lost, and does not try.
            if (!_hasEnded && !connection.IsDead)
                await RollbackAsync();
        }
        finally
        {
            // What has not ended ends with its connection, whatever was answered.
            _hasEnded = true;
            connection.Leave();
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    public override void Commit() => throw new NotSupportedException();

    public override void Rollback() => throw new NotSupportedException();
}
