using MailKit;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// A session of a client that the caller made: it is driven through <see cref="ISmtpClient"/> alone, which may be a mock, and nothing is
/// known of the bytes under it. One caller at a time.
/// </summary>
internal sealed class MailKitSession(ISmtpClient client, ServerOptions options, TimeProvider time) : SmtpSession(client, options, time)
{
    private DialogueStep _step;
    private bool _hidesSmtpUtf8;
    private bool _requiresTlsItself;
    private bool _requiresTls;

    protected override bool IsQuiet => true;

    public override async ValueTask<TransactionResult> SendAsync(
        bool async, OutgoingMessage message, IReadOnlyList<string> recipients, Deadline deadline)
    {
        var result = new TransactionResult(recipients);
        if (message.NeedsSmtpUtf8 && _hidesSmtpUtf8)
        {
            result.Fail(new SessionBrokenException($"SMTPUTF8 was switched off on this connection; the message needs a new one."));
            result.IsConnectionLost = IsBroken = true;
            return result;
        }
        ThrowIfNotOffered(message);
        IsBroken = true;
        Enter(DialogueStep.Mail);
        Health.BeginTransaction(recipients.Count + 1);
        result.Begin(deadline.Elapsed);
        try
        {
            using var bound = Bind(deadline);
            var reply = await TransmitAsync(async, message, result, deadline).ConfigureAwait(false);
            result.End(new Reply(250, reply ?? ""));
        }
#pragma warning disable CA1031 // A refusal is a value, and what else broke the transaction off is classified with what it came to.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (MailKitReply.From(exception) is { IsRefusal: true } refusal)
                Refuse(result, exception, refusal);
            else
                result.Fail(exception);
            result.IsConnectionLost |= exception is ServiceNotConnectedException
                || (exception is SmtpProtocolException protocol && MailKitReply.SaysDisconnected(protocol));
        }
        result.Stop(deadline.Elapsed);
        EndTransaction(result);
        return result;
    }

    protected override Binding Bind(Deadline deadline)
    {
        // MailKit's timeout for each call and the token are what there is.
        Client.Timeout = deadline.RemainingMilliseconds;
        return default;
    }

    protected override void Enter(DialogueStep step) => _step = step;

    // The client may be a mock, and answers for itself.
    protected override void ThrowIfClear() => TlsPolicy.ThrowIfClear(Options, isSecure: true);

    protected override ValueTask<string> AuthenticateAsync(bool async, Authenticator authenticator, Deadline deadline) =>
        authenticator.AuthenticateAsync(async, Client, recorder: null, deadline);

    protected override void Begin()
    {
        Extensions = new ServerExtensions
        {
            SmtpUtf8 = Client.Capabilities.HasFlag(SmtpCapabilities.UTF8),
            RequireTls = Client.Capabilities.HasFlag(SmtpCapabilities.RequireTLS),
        };
        // A caller who demands it of every message is not overruled.
        _requiresTls = _requiresTlsItself = Client.RequireTLS;
        if (!Options.Pipelining && Client is SmtpClient known)
            known.Capabilities &= ~SmtpCapabilities.Pipelining;
    }

    protected override async ValueTask<Reply> AskAsync(bool async, Deadline deadline)
    {
        try
        {
            if (async)
                await Client.NoOpAsync(deadline.Token).ConfigureAwait(false);
            else
                Client.NoOp(deadline.Token);
            return new Reply(250, "");
        }
        catch (SmtpCommandException exception) when (MailKitReply.From(exception) is { IsUnknownCommand: true })
        {
            return MailKitReply.From(exception)!;
        }
    }

    protected override ConnectionFacts AddFacts(ConnectionFacts facts) => facts with
    {
        Step = _step,
        Capabilities = Client.Capabilities == SmtpCapabilities.None ? [] : Client.Capabilities.ToString().Split(", "),
    };

    /// <summary>
    /// MailKit gives a message up at the first refusal: the recipients before a refused one were accepted, those behind it have not been
    /// tried, or were reset.
    /// </summary>
    private void Refuse(TransactionResult result, Exception exception, Reply refusal)
    {
        Health.Count(refusal);
        var command = exception as SmtpCommandException;
        if (command?.ErrorCode == SmtpErrorCode.SenderNotAccepted)
            result.SenderRefusal = refusal;
        var refused = command is { ErrorCode: SmtpErrorCode.RecipientNotAccepted, Mailbox.Address: { } address }
            ? result.Recipients.ToList().FindIndex(r => r.Equals(address, StringComparison.OrdinalIgnoreCase)) : -1;
        for (var i = 0; i < refused; i++)
            result.Answer(i, new Reply(250, ""));
        result.DataAwaited = command?.ErrorCode == SmtpErrorCode.MessageNotAccepted;
        result.End(refused < 0 ? refusal : result.Answer(refused, refusal));
    }

    private async ValueTask<string?> TransmitAsync(bool async, OutgoingMessage message, TransactionResult result, Deadline deadline)
    {
        HideSmtpUtf8(message.Envelope);
        var requiresTls = _requiresTlsItself || message.RequiresTls;
        if (requiresTls != _requiresTls)
            Client.RequireTLS = _requiresTls = requiresTls;
        await message.BeginTransmissionAsync(deadline.Token).ConfigureAwait(false);
        var permit = await message.BeginEnvelopeAsync(deadline.Token).ConfigureAwait(false);
        try
        {
            var (sender, mailboxes) = (message.Envelope.SenderMailbox, Envelope.Mailboxes(result.Recipients));
            // Only the progress shows whether the message was transmitted.
            var progress = new TransmissionProgress(result);
            return async
                ? await Client.SendAsync(message.Format, message.Message, sender, mailboxes, deadline.Token, progress).ConfigureAwait(false)
                : Client.Send(message.Format, message.Message, sender, mailboxes, deadline.Token, progress);
        }
        finally
        {
            TransmissionCallback.End(permit);
        }
    }

    /// <summary>
    /// If the server offers SMTPUTF8, MailKit turns punycode back into Unicode and demands the extension, and a message that every server
    /// takes would bounce at the first that lacks it. What was switched off in its client stays off.
    /// </summary>
    private void HideSmtpUtf8(Envelope envelope)
    {
        if (envelope.SmtpUtf8Address is not null || !envelope.HasPunycode || Client is not SmtpClient known)
            return;
        _hidesSmtpUtf8 |= known.Capabilities.HasFlag(SmtpCapabilities.UTF8);
        known.Capabilities &= ~SmtpCapabilities.UTF8;
    }

    private sealed class TransmissionProgress(TransactionResult result) : ITransferProgress
    {
        public void Report(long bytesTransferred, long totalSize) => result.MessageSent = totalSize > 0 && bytesTransferred >= totalSize;

        public void Report(long bytesTransferred)
        {
            // The size is not known: whatever was written, the end may have been. Better in doubt than sent twice.
            result.MessageSent = bytesTransferred > 0;
        }
    }
}
