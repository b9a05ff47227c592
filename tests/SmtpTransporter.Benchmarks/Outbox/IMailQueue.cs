namespace SmtpTransport.Benchmarks;

/// <summary>A queue of mails that is compared. Each round has a new one on an empty database.</summary>
internal interface IMailQueue : IAsyncDisposable
{
    /// <summary>Makes its tables.</summary>
    Task OpenAsync();

    /// <summary>Stores a mail: it is on the disk as the call returns.</summary>
    Task EnqueueAsync(Email email);

    /// <summary>Stores mails together; false where it has no such call.</summary>
    Task<bool> EnqueueManyAsync(IReadOnlyList<Email> emails);

    /// <summary>Stores a mail and a row of the application's in one transaction; false where it cannot.</summary>
    Task<bool> EnqueueWithOrderAsync(Email email);

    /// <summary>Begins to send what is stored, by so many at once.</summary>
    Task StartSendingAsync(int concurrency);

    /// <summary>How many mails it still has to send.</summary>
    Task<long> CountOpenAsync();
}
