namespace SmtpTransport.Benchmarks;

/// <summary>A queue of emails to compare. Each round has a new one on an empty database.</summary>
internal interface IEmailQueue : IAsyncDisposable
{
    /// <summary>Creates its tables.</summary>
    Task OpenAsync();

    /// <summary>Stores an email. It is on the disk when the call returns.</summary>
    Task EnqueueAsync(Email email);

    /// <summary>Stores several emails together; false if the queue has no such call.</summary>
    Task<bool> EnqueueManyAsync(IReadOnlyList<Email> emails);

    /// <summary>Stores an email and a row of the application in one transaction; false if the queue cannot.</summary>
    Task<bool> EnqueueWithOrderAsync(Email email);

    /// <summary>Starts to send what is stored, with the given concurrency.</summary>
    Task StartSendingAsync(int concurrency);

    /// <summary>Returns how many emails it still has to send.</summary>
    Task<long> CountOpenAsync();
}
