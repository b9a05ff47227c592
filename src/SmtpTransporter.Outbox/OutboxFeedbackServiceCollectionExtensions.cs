using Microsoft.Extensions.Hosting;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what reads the reports that come back to an outbox.</summary>
public static class OutboxFeedbackServiceCollectionExtensions
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromDays(1);

    /// <summary>Records what comes back in a source, such as a mailbox, while the application runs.</summary>
    /// <remarks>
    /// Each message is recorded (<see cref="IOutbox.RecordFeedbackAsync"/>) before it is marked as read, so that a crash loses none, and
    /// what comes again counts once. Ordinary emails are marked as read, too. A message that cannot be read is passed over; of one that
    /// cannot be marked, only the marking is tried again. Call it once for each source, in one process: a source has one reader. It is
    /// looked at as it tells of new messages (<see cref="IFeedbackSource.WaitAsync"/>), and after the interval. If it cannot be read, the
    /// next look comes after 1 second, then after twice as long, up to the interval; if something must be changed first
    /// (<see cref="FeedbackMailboxException.IsTransient"/> is false), after the interval, then after twice as long, up to an hour. A source
    /// that is <see cref="IAsyncDisposable"/> is disposed as the application stops.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="source">
    /// Creates the source, such as a <see cref="FeedbackFolder"/>, after the application has started. If it throws, that is logged, and it
    /// is called again with the next look.
    /// </param>
    /// <param name="interval">
    /// The longest time from the end of one look to the next; more than zero, at most a day. Default: 30 seconds.
    /// </param>
    /// <param name="key">The key of the outbox (<c>AddKeyedSmtpOutbox</c>). Default: the one without a key.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> or <paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="interval"/> is outside its range.</exception>
    public static IServiceCollection AddSmtpOutboxFeedback(
        this IServiceCollection services, Func<IServiceProvider, IFeedbackSource> source, TimeSpan? interval = null, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(source);
        var pause = interval ?? DefaultInterval;
        if (pause <= TimeSpan.Zero || pause > MaxInterval)
        {
            throw new ArgumentOutOfRangeException(
                nameof(interval), pause, $"The interval is {pause}; allowed: more than zero, at most a day.");
        }
        return services.AddSingleton<IHostedService>(provider => new FeedbackLoop(provider, source, pause, key));
    }
}
