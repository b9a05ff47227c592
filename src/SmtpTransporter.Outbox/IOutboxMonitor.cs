using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>What whoever runs an outbox watches: its lanes, how many emails it sends, and its clock.</summary>
/// <remarks>
/// Each method reads a bounded part of an index, however many emails there are, and changes nothing. It throws the
/// <see cref="DbException"/> of the database if the database fails, and <see cref="OperationCanceledException"/> if it is canceled.
/// <c>AddSmtpOutbox</c> registers it. Thread-safe.
/// </remarks>
public interface IOutboxMonitor
{
    /// <summary>Lists the lanes with emails that wait or are being sent, by the names of transporter and lane.</summary>
    /// <param name="limit">The maximum number of lanes; 1 to 500. Default: 100.</param>
    /// <param name="countLimit">Up to which number the emails of a lane are counted; 1 to 10,000. Default: 1,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The lanes; those that only hold emails which have ended or are parked are left out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A limit is outside its range.</exception>
    Task<IReadOnlyList<OutboxLane>> ListLanesAsync(
        int limit = 100, int countLimit = 1000, CancellationToken cancellationToken = default);

    /// <summary>Counts the emails that were sent or became dead letters in a period, minute by minute.</summary>
    /// <remarks>
    /// It reads one entry of an index for each of these emails. A dead letter that was resent, and what was removed after
    /// <see cref="OutboxOptions.RetentionPeriod"/>, is not counted.
    /// </remarks>
    /// <param name="from">The beginning of the period, by the database's clock.</param>
    /// <param name="until">Its end, which is not part of it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The minutes in which there was any, the oldest first.</returns>
    Task<IReadOnlyList<OutboxThroughput>> ListThroughputAsync(
        DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken = default);

    /// <summary>Returns the time by which emails are due and end: that of the database, or of the application with SQLite.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The time (UTC), in whole milliseconds.</returns>
    Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken = default);

    /// <summary>Says for each transporter when its queue will be empty, if nothing more is stored.</summary>
    /// <remarks>
    /// It counts what waits, and goes through the time from one moment to the next at which a rate or a quota of this process lets an email
    /// pass, with what all machines have used of them, as the windows slide: those of high priority first, and equal shares for
    /// transporters and lanes that share a limit. It assumes that each attempt succeeds at once, and that an email has the average number
    /// of recipients of the first 200. Without rates and quotas, and beside a limiter of the application, a transporter goes on as in its
    /// last hour. The number of emails at once, retries and emails in order are left out, so the queue may be empty later, and hardly
    /// earlier.
    /// </remarks>
    /// <param name="countLimit">Up to which number the emails of a transporter are counted; 1 to 1,000,000. Default: 100,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The transporters with emails that wait, and those with quotas, by their names.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="countLimit"/> is outside its range.</exception>
    Task<IReadOnlyList<OutboxForecast>> ForecastAsync(int countLimit = 100_000, CancellationToken cancellationToken = default);
}
