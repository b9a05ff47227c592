using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>
/// Reads a source while the application runs, and marks each message as read once what it says is recorded: after a crash it comes again,
/// and counts once. What cannot be read is passed over, and comes again with the next look. It looks as the source tells of new messages,
/// and after an interval.
/// </summary>
/// <param name="application">The services of the application.</param>
/// <param name="createSource">Creates the source.</param>
/// <param name="interval">The longest time from the end of one look to the next.</param>
/// <param name="key">The key of the outbox; null for the one without a key.</param>
internal sealed class FeedbackLoop(
    IServiceProvider application, Func<IServiceProvider, IFeedbackSource> createSource, TimeSpan interval, string? key)
    : BackgroundService
{
    // Of the messages that were passed over, and of those that are recorded and cannot be marked.
    private const int MaxRemembered = 10_000;

    // After a failure, and after one that lasts until someone changes something: a login that is refused again and again locks the account.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPause = TimeSpan.FromHours(1);
    private const int MaxDoublings = 16;

    // Each is logged once.
    private readonly HashSet<string> _passedOver = new(StringComparer.Ordinal);

    // Only the marking is tried again: what follows from them is done.
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);

    private IServiceProvider? _parts;
    private IFeedbackSource? _source;
    private ILogger _logger = NullLogger.Instance;
    private int _failures;

    /// <summary>Finds the outbox. Not earlier: the options of all outboxes are checked before.</summary>
    /// <exception cref="InvalidOperationException">There is no such outbox.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _parts = OutboxFinder.FindParts(application, key);
        _logger = OutboxParts.Logger(_parts);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var time = _parts!.GetRequiredService<TimeProvider>();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    // Its place may come later, such as a folder on a share.
                    _source ??= createSource(application);
                    await ReadAsync(_source, stoppingToken).ConfigureAwait(false);
                    await _source.WaitAsync(interval, stoppingToken).ConfigureAwait(false);
                    _failures = 0;
                }
#pragma warning disable CA1031 // The place or the database is away: the next look may succeed.
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    if (_failures++ == 0)
                        OutboxLog.FeedbackSourceFailed(_logger, exception);
                    await Task.Delay(PauseAfter(exception), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        finally
        {
            if (_source is IAsyncDisposable source)
                await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Twice as long after each failure: up to the interval, or up to an hour if someone must change something first.</summary>
    private TimeSpan PauseAfter(Exception failure)
    {
        var isLasting = failure is FeedbackMailboxException { IsTransient: false };
        var longest = isLasting && interval < LastPause ? LastPause : interval;
        var pause = (isLasting ? interval : FirstPause) * Math.Pow(2, Math.Min(_failures - 1, MaxDoublings));
        return pause < longest ? pause : longest;
    }

    /// <summary>Reads what is there, and forgets what is not there any more.</summary>
    private async Task ReadAsync(IFeedbackSource source, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var message in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (!_recorded.Contains(message.Id))
                    await RecordAsync(message, cancellationToken).ConfigureAwait(false);
                await CompleteAsync(message, cancellationToken).ConfigureAwait(false);
                _passedOver.Remove(message.Id);
            }
            catch (PassedOverException exception)
            {
                if (_passedOver.Count < MaxRemembered && _passedOver.Add(message.Id))
                    OutboxLog.FeedbackPassedOver(_logger, message.Id, exception.InnerException!);
            }
            if (_passedOver.Contains(message.Id) || _recorded.Contains(message.Id))
                seen.Add(message.Id);
        }
        _passedOver.IntersectWith(seen);
        _recorded.IntersectWith(seen);
    }

    private async Task RecordAsync(FeedbackMessage message, CancellationToken cancellationToken)
    {
        var (recorder, database) = (_parts!.GetRequiredService<FeedbackRecorder>(), _parts!.GetRequiredService<Database>());
        // Another program may have taken it away meanwhile.
        var feedback = await TryAsync(() => ReadAsync(recorder.Reader, message, cancellationToken), _ => true, cancellationToken)
            .ConfigureAwait(false);
        if (feedback is not null)
        {
            await TryAsync(
                () => recorder.RecordAsync(feedback, message.Id, cancellationToken, stopping: cancellationToken),
                exception => exception is not OutboxCommitException && !database.IsUnavailable(exception),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CompleteAsync(FeedbackMessage message, CancellationToken cancellationToken)
    {
        if (_recorded.Count < MaxRemembered)
            _recorded.Add(message.Id);
        await TryAsync(
            async () =>
            {
                await message.CompleteAsync(cancellationToken).ConfigureAwait(false);
                return true;
            },
            _ => true,
            cancellationToken).ConfigureAwait(false);
        _recorded.Remove(message.Id);
    }

    private static async Task<T> TryAsync<T>(
        Func<Task<T>> run, Func<Exception, bool> isPassedOver, CancellationToken cancellationToken)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // One message keeps no other one back.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && isPassedOver(exception))
#pragma warning restore CA1031
        {
            throw new PassedOverException(exception);
        }
    }

    private static async Task<EmailFeedback?> ReadAsync(
        FeedbackReader reader, FeedbackMessage message, CancellationToken cancellationToken)
    {
        var stream = await message.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
            return await reader.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
    }

    private sealed class PassedOverException(Exception inner) : Exception(inner.Message, inner);
}
