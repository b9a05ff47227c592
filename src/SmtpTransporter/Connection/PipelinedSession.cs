using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// A session of the default client: MailKit greets, upgrades to TLS and authenticates; then our own transactions speak on the same stream,
/// with as few round trips as the server allows. One caller at a time.
/// </summary>
internal sealed class PipelinedSession(MailKitClient client, ServerOptions options, TimeProvider time) : SmtpSession(client, options, time)
{
    private static readonly byte[] NoOp = "NOOP\r\n"u8.ToArray();

    // A connection that has just answered is alive: a message may follow its commands at once, and if it is lost then, it was lost just
    // then.
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);

    // One that has been idle may have vanished without a word: if its first reply is not there by then, a new one is tried.
    private static readonly TimeSpan FirstReplyLimit = TimeSpan.FromSeconds(10);

    private SessionContext? _session;
    private bool _needsReset;
    private bool _awaitsFirstReply;

    public override bool IsAborted => client.IsAborted;

    protected override bool IsQuiet => client.IsQuiet && (_session?.Channel.IsInStep ?? true);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<TransactionResult> SendAsync(
        bool async, OutgoingMessage message, IReadOnlyList<string> recipients, Deadline deadline)
    {
        if (Line?.TakeOwn(message) is { } early)
            return await SendEarlyAsync(async, early, Line.TakeUnread(), deadline).ConfigureAwait(false);
        // What is wrong with the message itself leaves the connection as it is.
        ThrowIfNotOffered(message);
        var content = await SerializeAsync(async, message, deadline).ConfigureAwait(false);
        IsBroken = true;
        using var bound = Bind(deadline);
        Health.BeginTransaction(recipients.Count + 1);
        if (Health.IdleFor >= Warm)
            return await SendOnIdleAsync(async, message, content, recipients, deadline).ConfigureAwait(false);
        return await RunAsync(
            async,
            new SmtpTransaction(
                _session!, message, content, recipients, async, deadline)
            { NeedsReset = _needsReset, PipelinesMessage = true, Behind = Line })
            .ConfigureAwait(false);
    }

    protected override Binding Bind(Deadline deadline)
    {
        client.Begin(deadline);
        return new Binding(client);
    }

    protected override void Enter(DialogueStep step)
    {
        if (step is DialogueStep.Authenticate or DialogueStep.NoOp or DialogueStep.Ready)
            client.Recorder.Tracker.EnterStep(step);
    }

    protected override void ThrowIfClear() => TlsPolicy.ThrowIfClear(Options, client.IsSecure);

    protected override ValueTask<string> AuthenticateAsync(bool async, Authenticator authenticator, Deadline deadline) =>
        authenticator.AuthenticateAsync(async, client, client.Recorder, deadline);

    protected override void Begin()
    {
        Extensions = ServerExtensions.Parse(client.Recorder.Ehlo.Extensions);
        _session = new SessionContext(
            client.BeginTransactions(), Extensions, client.Recorder.Tracker,
            Pipelines: Extensions.Pipelining && Options.Pipelining,
            Chunks: Extensions.Chunking && Options.Chunking == ChunkingMode.Auto && !client.Recorder.Ehlo.IsExchange,
            RepliesForEach: Options.Protocol == MailProtocol.Lmtp,
            Health);
        Line?.Open(_session.Pipelines ? FlightForm.Of(Extensions, _session.Chunks) : null);
    }

    protected override void Opened() => client.Recorder.Tracker.CompleteStep();

    protected override void Closed() => client.Recorder.Log?.Write("Closed");

    protected override async ValueTask<Reply> AskAsync(bool async, Deadline deadline)
    {
        var channel = _session!.Channel;
        await channel.WriteAsync(async, NoOp).ConfigureAwait(false);
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        return reply.Code == 250 || reply.IsRefusal ? reply : throw SessionBrokenException.NotAReplyTo("NOOP", reply);
    }

    protected override ConnectionFacts AddFacts(ConnectionFacts facts) => facts with
    {
        Step = client.Recorder.Tracker.Step,
        ClosingNotice = client.Recorder.Tracker.ClosingNotice,
        Capabilities = client.Recorder.Ehlo.Extensions,
        Times = client.Recorder.Tracker,
        FirstBytes = client.FirstBytes,
    };

    private async ValueTask<TransactionResult> SendOnIdleAsync(
        bool async, OutgoingMessage message, SerializedMessage content, IReadOnlyList<string> recipients, Deadline deadline)
    {
        using var first = deadline.Within(FirstReplyLimit);
        _awaitsFirstReply = true;
        client.Begin(first);
        return await RunAsync(async, new SmtpTransaction(_session!, message, content, recipients, async, deadline)
        {
            NeedsReset = _needsReset,
            Behind = Line,
            FirstReplyRead = () =>
            {
                _awaitsFirstReply = false;
                client.Begin(deadline);
            },
        }).ConfigureAwait(false);
    }

    /// <summary>Goes on with a message of which a part, or all, was sent behind the one before it.</summary>
    private async ValueTask<TransactionResult> SendEarlyAsync(bool async, EarlyFlight early, int unread, Deadline deadline)
    {
        IsBroken = true;
        Health.BeginTransaction(early.Recipients + 1 + unread);
        // A server that has lost the commands would be waited for in vain. A message that was sent is waited for.
        using var first = early.HasMessage ? null : deadline.Within(FirstReplyLimit);
        _awaitsFirstReply = first is not null;
        using var bound = Bind(first ?? deadline);
        return await RunAsync(async, new SmtpTransaction(
            _session!, early.Message, early.Content, early.Message.Envelope.Recipients, async, deadline)
        {
            Early = early,
            Behind = Line,
            Unread = unread,
            FirstReplyRead = first is null ? null : () =>
            {
                if (!_awaitsFirstReply)
                    return;
                // The end of the shorter limit may have come with the reply.
                client.Begin(deadline);
                if (client.IsAborted && !deadline.IsOver)
                    throw new IOException("The connection was given up as the first reply came.");
                _awaitsFirstReply = false;
            },
        }).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether a transaction, with another one before or behind it on the way, ended as if the server had not kept step: by what it sent,
    /// by closing, or by silence. Not if this side ended it.
    /// </summary>
    private bool HasLostStep(SmtpTransaction transaction)
    {
        var (result, deadline) = (transaction.Result, transaction.Deadline);
        if (result.HasLostStep)
            return true;
        // It broke off before anything went behind it.
        if (!result.MessageSent && transaction.Early is null)
            return false;
        var isOverlapped = transaction.Early is not null || Line is { IsAnyBehind: true };
        if (!isOverlapped || (result.Failure is null && !result.IsNextUnanswered) || Health.IsClosing
            || deadline.CanceledByCaller || deadline.CanceledByDisposal)
            return false;
        // An email whose time had nearly run out when its turn came says nothing of the server.
        if (deadline.TimedOut)
            return Health.Lasted >= FirstReplyLimit;
        return result.IsNextUnanswered || _awaitsFirstReply || result.Failure is IOException or SessionBrokenException;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransactionResult> RunAsync(bool async, SmtpTransaction transaction)
    {
        using (transaction)
        {
            var result = transaction.Result;
            try
            {
                await transaction.RunAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // What broke the transaction off is classified with what it came to.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                result.Fail(exception);
                // Silence at first is that of a connection which had vanished while it was idle. A server that was out of step with
                // emails that follow one another is not with the first one on another connection.
                // A callback that fails says nothing of the connection.
                result.IsConnectionLost |=
                    (_awaitsFirstReply && exception is not SendFailureException { Code: SmtpErrorCodes.CallbackFailed })
                    || (transaction.Early is not null && exception is SessionBrokenException);
            }
            transaction.Complete();
            // RSET goes with the next message: a refused one costs no further round trip, and nobody waits for a server that hangs in RSET.
            _needsReset = transaction.NeedsReset || result.FinalReply is { IsPositive: false };
            EndTransaction(result);
            if (Line is not null && HasLostStep(transaction))
                Line.TurnOff();
            else if (Health.IsGoodbyeLast && result.Failure is null && Line is { Next.HasMessage: true })
                Line.IsNothingTaken = await HasClosedAsync(async, transaction.Deadline).ConfigureAwait(false);
            return result;
        }
    }

    /// <summary>Whether the server, which has said that it closes, does so without another reply.</summary>
    private async ValueTask<bool> HasClosedAsync(bool async, Deadline deadline)
    {
        if (deadline.IsOver)
            return false;
        using var limit = deadline.Within(QuitTimeout);
        client.Begin(limit);
        try
        {
            await _session!.Channel.ReadAsync(async).ConfigureAwait(false);
            return false;
        }
#pragma warning disable CA1031 // The connection has ended: nothing more is known of those behind than how.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception is IOException or SessionBrokenException { ClosedByServer: true } && !limit.IsOver && !client.IsAborted;
        }
    }

    private async ValueTask<SerializedMessage> SerializeAsync(bool async, OutgoingMessage message, Deadline deadline)
    {
        client.Recorder.Tracker.SetStep(DialogueStep.Mail);
        // Writing a large one twice is worth it only if there is a limit to hold it against.
        var content = await message.SerializeAsync(
            async, sevenBit: !Extensions.EightBitMime, measure: Extensions.MaxMessageSize is not null,
            deadline.Token).ConfigureAwait(false);
        return content.Size <= (Extensions.MaxMessageSize ?? long.MaxValue)
            ? content
            : throw new EmailContentException(
                SmtpErrorCodes.MessageTooLarge,
                $"The message has {content.Size} bytes; the server takes at most {Extensions.MaxMessageSize} (SIZE, RFC 1870).");
    }
}
