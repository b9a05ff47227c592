using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>A transaction was or was not committed: the connection was lost before the database answered.</summary>
internal sealed class CommitUncertainException(Exception inner)
    : DbException("The database may have committed the transaction: the connection was lost before it answered.", inner);
