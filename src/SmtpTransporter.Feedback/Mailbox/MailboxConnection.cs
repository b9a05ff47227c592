namespace SmtpTransport.Feedback;

/// <summary>
/// The connection to a mailbox, which is opened as it is needed, and anew after it was lost. Commands run one at a time; one that comes
/// while the server is waited for ends the waiting for a moment. Safe for concurrent callers.
/// </summary>
internal sealed class MailboxConnection : IAsyncDisposable
{
    private static readonly TimeSpan LogoutLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly FeedbackMailboxOptions _options;
    private readonly TimeProvider _time;
    private readonly MailboxOpener _opener;
    private readonly ReconnectDelay _delay;
    private readonly CancellationTokenSource _end = new();
    private volatile MailboxSession? _session;
    private int _commands;

    public MailboxConnection(FeedbackMailboxOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var secrets = new SecretRedactor([options.Server]);
        // As in the command LOGIN (RFC 9051, section 9, quoted).
        secrets.Add(options.Server.Password?
            .Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal));
        Failures = new MailboxFailures(options, secrets);
        _opener = new MailboxOpener(options, Failures, secrets, time);
        _delay = new ReconnectDelay(time);
    }

    /// <summary>Says what a failure means.</summary>
    public MailboxFailures Failures { get; }

    /// <summary>Whether there is a connection, as far as that is known.</summary>
    public bool IsOpen => _session is { IsOpen: true };

    /// <summary>
    /// Runs a command in the folder; once more on a new connection if the server has closed the old one. After a failure it fails at once
    /// until the pause is over.
    /// </summary>
    /// <exception cref="FeedbackMailboxException">It failed.</exception>
    public async Task<T> UseAsync<T>(Func<MailboxSession, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _commands);
        try
        {
            _session?.Interrupt();
            return await UntilEndAsync(
                async token =>
                {
                    await _gate.WaitAsync(token).ConfigureAwait(false);
                    try
                    {
                        return await RunAsync(use, token).ConfigureAwait(false);
                    }
                    finally
                    {
                        _gate.Release();
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _commands);
        }
    }

    /// <summary>Waits after a failure that passes, until another attempt may follow.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    public async Task PauseAsync(FeedbackMailboxException failure, CancellationToken cancellationToken)
    {
        // A refused command has no pause yet.
        if (_delay.Left == TimeSpan.Zero)
            _delay.NoteFailure(failure);
        var pause = _delay.Left;
        MailboxLog.Lost(_options, failure, pause);
        await DelayAsync(pause, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until there may be new messages: by IDLE, or by the clock. A lost connection is a failure.</summary>
    /// <param name="next">After how long some are to be given again; null for never.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="FeedbackMailboxException">The connection was lost.</exception>
    public async Task WaitAsync(TimeSpan? next, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while (true)
        {
            await UntilEndAsync(
                async token =>
                {
                    await _gate.WaitAsync(token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            TimeSpan left;
            try
            {
                if (_session is { IsOpen: false })
                    throw Lose(CreateClosed());
                if (_session is null)
                    _delay.ThrowIfPaused();
                if (_session is not { HasArrived: false } session)
                    return;
                left = LimitOf(session, next) - _time.GetElapsedTime(start);
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
            await DelayAsync(left, cancellationToken).ConfigureAwait(false);
            return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // From here on, nobody waits for the server any more.
        Interlocked.Increment(ref _commands);
        await _end.CancelAsync().ConfigureAwait(false);
        _session?.Interrupt();
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
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

    private TimeSpan LimitOf(MailboxSession session, TimeSpan? next)
    {
        var limit = session.CanIdle ? _options.IdleRenewal : _options.PollInterval;
        return next < limit ? next.Value : limit;
    }

    private async Task<T> RunAsync<T>(Func<MailboxSession, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        if (_session is { IsOpen: true } open)
        {
            try
            {
                return await TryAsync(open, use, cancellationToken).ConfigureAwait(false);
            }
            catch (FeedbackMailboxException exception) when (_session is null && _delay.NoteFailure(exception))
            {
                // Servers close what was not used for a while.
            }
        }
        else
        {
            var mayReconnect = _session is not null && _delay.NoteFailure(CreateClosed());
            Drop();
            if (!mayReconnect)
                _delay.ThrowIfPaused();
        }
        try
        {
            return await TryAsync(await OpenAsync(cancellationToken).ConfigureAwait(false), use, cancellationToken).ConfigureAwait(false);
        }
        catch (FeedbackMailboxException exception) when (_session is null && (exception.IsTransient || exception.MinPause > TimeSpan.Zero))
        {
            _delay.NoteFailure(exception);
            throw;
        }
    }

    private async Task<T> TryAsync<T>(
        MailboxSession session, Func<MailboxSession, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.Server.SendTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await GuardAsync(session, () => use(session, both.Token), cancellationToken).ConfigureAwait(false);
    }

    private async Task IdleAsync(MailboxSession session, TimeSpan left, CancellationToken cancellationToken)
    {
        try
        {
            await GuardAsync(
                session,
                async () =>
                {
                    await session.IdleAsync(() => Volatile.Read(ref _commands) == 0, left, GetIdleLimit, _time, cancellationToken)
                        .ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (FeedbackMailboxException exception) when (_session is null)
        {
            _delay.NoteFailure(exception);
            throw;
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    private TimeSpan GetIdleLimit() => _end.IsCancellationRequested ? LogoutLimit : _options.Server.SendTimeout;

    private async Task DelayAsync(TimeSpan pause, CancellationToken cancellationToken) => await UntilEndAsync(
        async token =>
        {
            await Task.Delay(pause, _time, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Runs something until it is canceled, or the mailbox is disposed.</summary>
    private async Task<T> UntilEndAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, typeof(FeedbackMailbox));
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, cancellationToken);
        try
        {
            return await act(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            throw new ObjectDisposedException(typeof(FeedbackMailbox).FullName);
        }
    }

    /// <summary>Explains a failure, and closes a connection of which the state is not known.</summary>
    private async Task<T> GuardAsync<T>(MailboxSession session, Func<Task<T>> use, CancellationToken cancellationToken)
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
            var known = Failures.Explain(exception, session.Reply);
            known.KeepsConnection = session.IsOpen;
            throw known;
        }
    }

    private FeedbackMailboxException CreateClosed() => Failures.Create("The server has closed the connection.", isTransient: true);

    private FeedbackMailboxException Lose(FeedbackMailboxException failure)
    {
        Drop();
        _delay.NoteFailure(failure);
        return failure;
    }

    private async Task<MailboxSession> OpenAsync(CancellationToken cancellationToken)
    {
        _session = await _opener.OpenAsync(cancellationToken).ConfigureAwait(false);
        _delay.NoteOpened();
        MailboxLog.Opened(_options);
        return _session;
    }

    private void Drop()
    {
        _session?.Dispose();
        _session = null;
    }
}
