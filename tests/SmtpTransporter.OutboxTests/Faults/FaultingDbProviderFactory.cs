using System.Data.Common;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>A provider whose connections, transactions, commands and batches ask before each call what happens to it.</summary>
internal sealed class FaultingDbProviderFactory(DbProviderFactory inner, IDatabaseCalls calls) : DbProviderFactory
{
    public override DbConnection CreateConnection() => new FaultingDbConnection(this, inner.CreateConnection()!, calls);
}
