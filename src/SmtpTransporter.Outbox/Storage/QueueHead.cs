namespace SmtpTransport.Outbox;

/// <summary>A queue with emails that nobody holds.</summary>
/// <param name="Key">The queue.</param>
/// <param name="DueIn">When the first of them is due, from now; zero or less if it is.</param>
/// <param name="IsFromFuture">Whether the first one was stored later than now: the database's clock has gone back.</param>
internal readonly record struct QueueHead(QueueKey Key, TimeSpan DueIn, bool IsFromFuture);
