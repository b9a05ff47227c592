using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// One SMTP transaction (RFC 5321, section 3.3): MAIL, RCPT for each recipient, and the message, in as few flights as the server allows.
/// With PIPELINING (RFC 2920) the commands are sent together, DATA among them; with CHUNKING (RFC 3030) the message may follow them at
/// once. Every reply is read and judged by itself; nothing is ever answered in the server's name. A refusal is a value in
/// <see cref="Result"/>, after which the connection can be used again; after any exception it cannot.
/// </summary>
internal sealed class SmtpTransaction(
    SessionContext session, OutgoingMessage message, SerializedMessage content, IReadOnlyList<string> recipients, bool async,
    Deadline deadline)
    : IDisposable
{
    // So few that the replies to them cannot fill the buffers between here and there while the commands are still being written.
    public const int MaxCommandsTogether = 100;

    // So few that a server does not end the session for their refusals while the message is on its way: it could not be sent again.
    public const int MaxFollowed = SessionHealth.MaxErrors;

    private readonly SmtpChannel _channel = session.Channel;
    private readonly CommandBuffer _commands = new(session.Channel);
    private BodyWatch? _watch;
    private bool _dataSent;
    private bool _messageFollows;

    /// <summary>What the transaction came to, as far as it went.</summary>
    public TransactionResult Result { get; } = new(recipients);

    public Deadline Deadline => deadline;

    /// <summary>Whether RSET goes first: the transaction before this one was refused.</summary>
    public bool NeedsReset { get; set; }

    /// <summary>
    /// Whether the message may follow its commands before any of them is answered. If the connection ends then, the message may have been
    /// delivered; so only on a connection that has just shown to be alive.
    /// </summary>
    public bool PipelinesMessage { get; init; }

    /// <summary>What of this message was sent before its turn; null for all that begins with its own commands.</summary>
    public EarlyFlight? Early { get; init; }

    /// <summary>What goes early behind this message; null if nothing does.</summary>
    public IEarlyFlights? Behind { get; init; }

    /// <summary>How many replies come first that nobody waits for any more.</summary>
    public int Unread { get; init; }

    /// <summary>Called at the first reply: the connection is alive.</summary>
    public Action? FirstReplyRead { get; init; }

    private bool MessageFollows =>
        PipelinesMessage && session is { Chunks: true, RepliesForEach: false }
        && IsWrittenAtOnce && recipients.Count <= MaxFollowed && FollowsUnasked;

    private bool IsWrittenAtOnce => content.IsHeld && content.Size <= BodyWatch.Piece;

    // In a session that has left a transaction without a recipient, the only recipient may well be refused too: one round trip more is less
    // than a second error, for which servers delay their replies and end the session.
    private bool FollowsUnasked => session.Pipelines && !(recipients.Count == 1 && session.Health.HasRefusedEveryRecipient);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync()
    {
        try
        {
            Result.Begin(deadline.Elapsed);
            if (await SendEnvelopeAsync().ConfigureAwait(false))
                await EndEnvelopeAsync().ConfigureAwait(false);
            if (Behind?.Next is { HasMessage: true } next && !session.Health.IsClosing)
                await EnvelopeReplies.ReadNextResetAsync(async, session, Result, next).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever ended the connection: the replies before it count.
        catch (Exception exception) when (RefusalBefore(exception) is { } refusal)
#pragma warning restore CA1031
        {
            Result.End(refusal);
            Result.EndsSession = true;
        }
        catch (ServerRefusedException refused)
        {
            // In the middle of the message, or behind a chunk.
            session.Health.Count(refused.Reply);
            Result.End(refused.Reply);
            Result.EndsSession = _watch is { IsInterrupted: true } or { Unanswered: > 0 };
        }
        catch (IOException) when (Result is { MailAnswered: true, MessageSent: false } && !deadline.IsOver)
        {
            // A server that refuses the message and closes is often seen first by a write that fails. Its replies to the envelope are read
            // by then.
            // The replies to RCPT and to chunks that are still to come may be positive.
            var watch = _watch ?? new BodyWatch(_channel, async) { Unanswered = Result.MessageBegun ? 0 : recipients.Count };
            if (await watch.ReadFinalRefusalAsync().ConfigureAwait(false) is not { } last)
                throw;
            Result.End(last);
            Result.EndsSession = true;
        }
    }

    /// <summary>The transaction is over, well or not: measures its last part.</summary>
    public void Complete() => Result.Stop(deadline.Elapsed);

    public void Dispose() => _commands.Dispose();

    /// <returns>False if the server refused and the transaction is over.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendEnvelopeAsync()
    {
        session.Tracker.SetStep(DialogueStep.Mail);
        if (Early is not null)
            return await ReadEarlyRepliesAsync(Early).ConfigureAwait(false);
        _messageFollows = MessageFollows && !NeedsReset;
        var resets = NeedsReset;
        if (resets)
            _commands.Add("RSET\r\n");
        if (resets && !session.Pipelines)
        {
            await _commands.FlushAsync(async).ConfigureAwait(false);
            await ReadResetReplyAsync().ConfigureAwait(false);
            resets = false;
        }
        if (!_messageFollows)
            _commands.Permit = await message.BeginEnvelopeAsync(deadline.Token).ConfigureAwait(false);
        EnvelopeCommands.AddMail(_commands.Gathered, message, content, session.Server);
        var next = 0;
        do
        {
            if (await HasClosedAsync().ConfigureAwait(false))
                return false;
            var from = next;
            next = AddRecipients(from);
            if (next == recipients.Count && session.Pipelines)
                await AddMessageAsync().ConfigureAwait(false);
            await _commands.FlushAsync(async).ConfigureAwait(false);
            if (resets)
                await ReadResetReplyAsync().ConfigureAwait(false);
            resets = false;
            if (!Result.MailAnswered && !await ReadMailReplyAsync().ConfigureAwait(false))
                return false;
            if (!await ReadRecipientRepliesAsync(from, next).ConfigureAwait(false))
                return false;
        }
        while (next < recipients.Count);
        return true;
    }

    /// <summary>
    /// The commands were sent before: first more is sent behind them, so that the way is never empty, then the replies count.
    /// </summary>
    private async ValueTask<bool> ReadEarlyRepliesAsync(EarlyFlight early)
    {
        (_dataSent, _messageFollows) = (!early.HasMessage, early.HasMessage);
        if (_messageFollows)
        {
            Result.EndEnvelope(deadline.Elapsed);
            MarkSent();
            await WriteLastAsync().ConfigureAwait(false);
        }
        for (var unread = Unread; unread > 0; unread--)
            await ReadAsync().ConfigureAwait(false);
        if (!early.IsResetAnswered)
            await ReadResetReplyAsync().ConfigureAwait(false);
        return await ReadMailReplyAsync().ConfigureAwait(false)
            && await ReadRecipientRepliesAsync(0, recipients.Count).ConfigureAwait(false);
    }

    /// <summary>As many recipients as may be sent before a reply is read; none with MAIL if the server does not offer PIPELINING.</summary>
    private int AddRecipients(int next)
    {
        var end = Math.Min(recipients.Count, next + (session.Pipelines ? MaxCommandsTogether : Result.MailAnswered ? 1 : 0));
        for (; next < end; next++)
            EnvelopeCommands.AddRecipient(_commands.Gathered, message, recipients[next]);
        return next;
    }

    /// <summary>What follows the last recipient in the same flight: the message itself, or DATA.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AddMessageAsync()
    {
        if (_messageFollows)
        {
            await message.BeginTransmissionAsync(deadline.Token).ConfigureAwait(false);
            _commands.Permit = await message.BeginEnvelopeAsync(deadline.Token).ConfigureAwait(false);
            Result.EndEnvelope(deadline.Elapsed);
            await WriteChunkAsync().ConfigureAwait(false);
        }
        else if (!session.Chunks && FollowsUnasked)
        {
            _commands.Add("DATA\r\n");
            _dataSent = true;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EndEnvelopeAsync()
    {
        if (Result.SenderRefusal is not null || !Result.HasAcceptedRecipient)
        {
            await DeclineAsync().ConfigureAwait(false);
            return;
        }
        if (!_messageFollows)
        {
            if (!_dataSent && await HasClosedAsync().ConfigureAwait(false))
                return;
            if (session.Chunks)
                await SendChunksAsync().ConfigureAwait(false);
            else if (!await SendDataAsync().ConfigureAwait(false))
                return;
        }
        if (session.RepliesForEach)
            await RepliesForEach.ReadAsync(session, Result, async).ConfigureAwait(false);
        else
            await ReadMessageReplyAsync().ConfigureAwait(false);
    }

    private async ValueTask ReadResetReplyAsync()
    {
        await EnvelopeReplies.ReadResetAsync(async, session, Early is not null, FirstReplyRead).ConfigureAwait(false);
        NeedsReset = false;
    }

    private ValueTask<bool> ReadMailReplyAsync() => EnvelopeReplies.ReadMailAsync(async, session, Result, FirstReplyRead);

    private ValueTask<bool> ReadRecipientRepliesAsync(int from, int to) =>
        EnvelopeReplies.ReadRecipientsAsync(async, session, Result, from, to);

    private ValueTask<Reply> ReadAsync() => EnvelopeReplies.ReadAsync(async, session);

    /// <summary>Nobody shall have the message: reads what is still to be answered, and records what was refused.</summary>
    private async ValueTask DeclineAsync()
    {
        session.Health.HasRefusedEveryRecipient = true;
        if (_dataSent || _messageFollows)
        {
            var reply = await ReadAsync().ConfigureAwait(false);
            Result.AnswerDeclined(reply);
            // An invitation to send a message to nobody: only the end of the connection declines it (RFC 2920, section 3.1, would send an
            // empty one). Behind the message, its answer.
            if (!reply.IsRefusal || !Result.IsRefusedForAll)
            {
                throw new SessionBrokenException(
                    $"The server refused the sender or every recipient, and accepted what followed all the same "
                    + $"({reply.Code} to the message): it is not known whether it has taken the message.");
            }
        }
        Result.End(Result.RefusalOfAll());
    }

    /// <summary>
    /// What the server had refused before the transaction broke off, if it leaves nobody who could get the message; null otherwise.
    /// </summary>
    private Reply? RefusalBefore(Exception exception) =>
        Result.IsRefusedForAll ? Result.RefusalOfAll()
        // It said that it closes, and closed.
        : exception is IOException or SessionBrokenException { ClosedByServer: true } && !deadline.IsOver ? Result.Goodbye
        : null;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendChunksAsync()
    {
        await BeginMessageAsync().ConfigureAwait(false);
        if (content.IsHeld)
            await WriteChunkAsync().ConfigureAwait(false);
        else
            await WriteStreamAsync(inChunks: true).ConfigureAwait(false);
    }

    private ValueTask WriteChunkAsync()
    {
        _commands.Add("BDAT ").Add(content.Size).Add(" LAST\r\n");
        return WriteContentAsync(stuffed: false);
    }

    /// <returns>False if the server refused DATA.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendDataAsync()
    {
        session.Tracker.SetStep(DialogueStep.Data);
        Result.DataAwaited = true;
        if (!_dataSent)
            await _commands.Add("DATA\r\n").FlushAsync(async).ConfigureAwait(false);
        var reply = await ReadAsync().ConfigureAwait(false);
        if (reply.Code == 354 && await HasClosedAsync().ConfigureAwait(false))
            return false;
        if (reply.Code != 354)
        {
            if (!reply.IsRefusal)
                throw SessionBrokenException.NotAReplyTo("DATA", reply);
            Result.End(reply);
            return false;
        }
        await BeginMessageAsync().ConfigureAwait(false);
        if (content.IsHeld)
            await WriteContentAsync(stuffed: true).ConfigureAwait(false);
        else
            await WriteStreamAsync(inChunks: false).ConfigureAwait(false);
        return true;
    }

    private ValueTask BeginMessageAsync()
    {
        session.Tracker.SetStep(DialogueStep.Body);
        Result.MessageBegun = true;
        Result.EndEnvelope(deadline.Elapsed);
        if (!IsWrittenAtOnce)
            _commands.Watch = _watch = new BodyWatch(_channel, async);
        return message.BeginTransmissionAsync(deadline.Token);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteContentAsync(bool stuffed)
    {
        await ContentWriter.AddAsync(async, _commands, content, stuffed).ConfigureAwait(false);
        await WriteLastAsync().ConfigureAwait(false);
    }

    private async ValueTask WriteStreamAsync(bool inChunks)
    {
        await ContentWriter.WriteAsync(async, _commands, message, inChunks, session.Pipelines, deadline.Token).ConfigureAwait(false);
        MarkSent();
    }

    /// <summary>Writes what is gathered, the end of the message, and what goes early behind it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteLastAsync()
    {
        if (!IsWrittenAtOnce || Behind?.Take() is not { } first)
        {
            // A write that fails has not handed all of its bytes to the network: the last one was not sent, whatever cut it off.
            await _commands.FlushAsync(async).ConfigureAwait(false);
            MarkSent();
            return;
        }
        var train = new FlightTrain(_channel, _commands, Behind, first);
        try
        {
            await train.WriteAsync(async).ConfigureAwait(false);
        }
        catch (IOException) when (train.IsFirstSent)
        {
            // This message has its answer, or gets it, whatever became of those behind it.
            Result.EndsSession = true;
        }
        finally
        {
            if (train.IsFirstSent)
                MarkSent();
        }
    }

    private void MarkSent()
    {
        if (Result.MessageSent)
            return;
        Result.MessageSent = true;
        Result.EndMessage(deadline.Elapsed);
        session.Tracker.SetStep(DialogueStep.FinalReply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadMessageReplyAsync()
    {
        var reply = await ReadAsync().ConfigureAwait(false);
        // A code for an address (RFC 3463, section 3.2): the server has answered a command before it twice, and this is a recipient's
        // answer. A 421 behind as many replies as there were commands is the server's goodbye.
        if (_messageFollows && ((Behind?.Next is null && !_channel.IsInStep && !_channel.IsGoodbyeNext)
            || EnhancedStatus.FromReply(reply.Code, reply.Text) is { Class: 2, Subject: 1 }))
            throw new SessionBrokenException(
                $"The server's replies are out of step: it is not known which of them is the answer to the message.");
        if (reply.Code != 250 && !reply.IsRefusal)
            throw SessionBrokenException.NotAReplyTo("the message", reply);
        // What follows a goodbye says less than the goodbye, unless the message was taken all the same.
        Result.End(reply.IsRefusal ? Result.Goodbye ?? reply : reply);
        if (reply.Code == 250)
            session.Tracker.SetStep(DialogueStep.Ready);
    }

    /// <summary>
    /// A reply too many: what stands next in the line would be taken for the answer to what follows. Only a 421 may come unasked
    /// (RFC 5321, section 3.8).
    /// </summary>
    private ValueTask<bool> HasClosedAsync()
    {
        return _channel.IsInStep ? new ValueTask<bool>(false) : ReadGoodbyeAsync();

        async ValueTask<bool> ReadGoodbyeAsync()
        {
            if (!_channel.IsGoodbyeNext || await ReadAsync().ConfigureAwait(false) is not { IsClosing: true } goodbye)
                throw new SessionBrokenException($"The server sent more replies than it was asked for.");
            Result.End(goodbye);
            return true;
        }
    }
}
