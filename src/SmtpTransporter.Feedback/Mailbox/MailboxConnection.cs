namespace SmtpTransport.Feedback;

/// <summary>
/// The connection to a mailbox, which is opened as it is needed, and anew after it was lost. Commands run one at a time; one that comes
/// while the server is waited for ends the waiting for a moment. Safe for concurrent callers.
/// </summary>
internal sealed class MailboxConnection : IAsyncDisposable
{
    // A wrong password that is tried again and again locks the account.
    private static readonly TimeSpan LoginPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LogoutLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly FeedbackMailboxOptions _options;
    private readonly TimeProvider _time;
    private readonly MailboxOpener _opener;
    private volatile MailboxSession? _session;
    private FeedbackMailboxException? _refusal;
    private long _refusedAt;
    private int _commands;
    private bool _isDisposed;

    public MailboxConnection(FeedbackMailboxOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var secrets = new SecretRedactor([options.Server]);
        Failures = new MailboxFailures(options, secrets);
        _opener = new MailboxOpener(options, Failures, secrets, time);
    }

    /// <summary>Says what a failure means.</summary>
    public MailboxFailures Failures { get; }

    /// <summary>Runs a command in the folder; once more on a new connection if the server has closed the old one.</summary>
    /// <exception cref="FeedbackMailboxException">It failed.</exception>
    public async Task<T> UseAsync<T>(Func<MailboxSession, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _commands);
        try
        {
            _session?.Interrupt();
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await RunAsync(use, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _gate.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _commands);
        }
    }

    /// <summary>Waits until there may be new messages: by IDLE, or by the clock. A lost connection is a failure.</summary>
    /// <param name="hasPending">Whether some are to be given again soon.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="FeedbackMailboxException">The connection was lost.</exception>
    public async Task WaitAsync(bool hasPending, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while (true)
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan left;
            try
            {
                if (_session is not { IsOpen: true, HasArrived: false } session)
                    return;
                left = LimitOf(session, hasPending) - _time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                    return;
                if (session.CanIdle)
                {
                    await IdleAsync(session, left, cancellationToken).ConfigureAwait(false);
                    continue;
                }
            }
            finally
            {
                _gate.Release();
            }
            await Task.Delay(left, _time, cancellationToken).ConfigureAwait(false);
            return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // From here on, nobody waits for the server any more.
        Interlocked.Increment(ref _commands);
        _session?.Interrupt();
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _isDisposed = true;
            if (_session is not { } session)
                return;
            using var limit = new CancellationTokenSource(LogoutLimit, _time);
            if (session.IsOpen)
                await session.LogOutAsync(limit.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The connection is over in any case.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The server had gone before.
        }
        finally
        {
            Drop();
            _gate.Release();
        }
    }

    private TimeSpan LimitOf(MailboxSession session, bool hasPending) =>
        !session.CanIdle ? _options.PollInterval
        : hasPending && _options.PollInterval < _options.IdleRenewal ? _options.PollInterval
        : _options.IdleRenewal;

    private async Task<T> RunAsync<T>(Func<MailboxSession, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        var wasOpen = _session is not null;
        try
        {
            return await TryAsync(use, cancellationToken).ConfigureAwait(false);
        }
        catch (FeedbackMailboxException exception) when (wasOpen && exception.IsTransient && _session is null)
        {
            return await TryAsync(use, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> TryAsync<T>(Func<MailboxSession, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(FeedbackMailbox));
        if (_session is { IsOpen: false })
            Drop();
        var session = _session ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(_options.Server.SendTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await GuardAsync(() => use(session, both.Token), cancellationToken).ConfigureAwait(false);
    }

    private async Task IdleAsync(MailboxSession session, TimeSpan left, CancellationToken cancellationToken)
    {
        await GuardAsync(
            async () =>
            {
                await session.IdleAsync(
                    () => Volatile.Read(ref _commands) == 0, left, _options.Server.SendTimeout, _time, cancellationToken)
                    .ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Explains a failure, and closes a connection of which the state is not known.</summary>
    private async Task<T> GuardAsync<T>(Func<Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            return await use().ConfigureAwait(false);
        }
        catch (Exception exception) when (!MailboxFailures.KeepsConnection(exception))
        {
            Drop();
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            throw Failures.Explain(exception);
        }
        catch (Exception exception)
        {
            throw Failures.Explain(exception);
        }
    }

    private async Task<MailboxSession> OpenAsync(CancellationToken cancellationToken)
    {
        if (_refusal is { } refusal && _time.GetElapsedTime(_refusedAt) < LoginPause)
            throw new FeedbackMailboxException(refusal.Message, refusal.IsTransient, refusal) { IsRefusedLogin = true };
        _refusal = null;
        try
        {
            var session = await _opener.OpenAsync(cancellationToken).ConfigureAwait(false);
            MailboxLog.Opened(_options);
            return session;
        }
        catch (FeedbackMailboxException exception) when (exception.IsRefusedLogin)
        {
            (_refusal, _refusedAt) = (exception, _time.GetTimestamp());
            throw;
        }
    }

    private void Drop()
    {
        _session?.Dispose();
        _session = null;
    }
}
