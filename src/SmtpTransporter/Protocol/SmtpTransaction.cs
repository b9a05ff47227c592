using System.Runtime.CompilerServices;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// The transaction of one mail (RFC 5321, section 3.3): MAIL, RCPT for each recipient, and the message, in as few flights as the server allows.
/// With PIPELINING (RFC 2920) the commands go out together, DATA among them; with CHUNKING (RFC 3030) the message follows them at once. Every
/// reply is read and judged by its own; nothing is ever answered in the server's name. What the server refuses is an exception with its reply,
/// after which the connection can be used again; after any other exception it cannot.
/// </summary>
internal sealed class SmtpTransaction(SmtpChannel channel, ServerExtensions server, SessionRecorder recorder, ServerOptions options)
{
    // So few that the replies to them cannot fill the buffers between here and there while the commands are still being written.
    private const int MostTogether = 100;

    private static readonly byte[] NoOp = "NOOP\r\n"u8.ToArray();

    private bool _needsReset;

    /// <summary>Called once the first reply to a mail is there: the connection is alive.</summary>
    public Action? Alive { get; set; }

    private bool Pipelines => server.Pipelining && options.Pipelining;

    private bool Chunks => server.Chunking && options.Chunking == ChunkingMode.Auto && !recorder.IsExchange;

    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="message">What is sent.</param>
    /// <param name="body">Its message.</param>
    /// <param name="recipients">To whom.</param>
    /// <param name="transaction">Where the replies are kept.</param>
    /// <param name="deadline">What cuts it off.</param>
    /// <param name="together">
    /// Whether the message may follow its commands before any of them is answered. If the connection ends then, it may have been delivered; so only
    /// on a connection that has just shown to be alive.
    /// </param>
    /// <returns>The text of the final reply.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<string> SendAsync(
        bool async, OutgoingMessage message, SerializedMessage body, IReadOnlyList<string> recipients, DeliveryRecord transaction, Deadline deadline, bool together)
    {
        using var flight = new CommandBuffer(channel);
        transaction.MessageSent = false;
        together &= Pipelines && Chunks && body.IsHeld && recipients.Count <= MostTogether && !_needsReset;
        try
        {
            return await SendAsync(async, flight, message, body, recipients, transaction, deadline, together).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SmtpCommandException or ServiceNotAuthenticatedException)
        {
            // Said with the next mail: a refused one costs no further round trip, and nobody waits for a server that hangs in RSET.
            _needsReset = true;
            throw;
        }
        catch (IOException) when (transaction is { MailAnswered: true, MessageSent: false } && !deadline.IsOver)
        {
            // A server that refuses the message and closes is often seen first by a write that fails. Its replies to the envelope are read by then.
            if (await LastWordAsync(async).ConfigureAwait(false) is { } reply)
                throw Refused(SmtpErrorCode.MessageNotAccepted, reply);
            throw;
        }
    }

    public async ValueTask<Reply> NoOpAsync(bool async)
    {
        recorder.EnterStep(DialogueStep.NoOp);
        await channel.WriteAsync(async, NoOp).ConfigureAwait(false);
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        return reply.Code == 250 ? reply : throw Refused(SmtpErrorCode.UnexpectedStatusCode, reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<string> SendAsync(
        bool async, CommandBuffer flight, OutgoingMessage message, SerializedMessage body, IReadOnlyList<string> recipients, DeliveryRecord transaction, Deadline deadline, bool together)
    {
        recorder.SetStep(DialogueStep.Mail);
        var resets = _needsReset;
        if (resets)
            flight.Add("RSET\r\n");
        AddMail(flight, message, body);
        var (mailAsked, dataAsked) = (true, false);
        var accepted = 0;
        for (var next = 0; mailAsked || next < recipients.Count;)
        {
            // A reply too many: what stands next in the line would be taken for the answer to what follows.
            if (!channel.IsInStep)
                throw new SmtpProtocolException("The server sent more replies than it was asked for.");
            var from = next;
            var most = Pipelines ? MostTogether : mailAsked ? 0 : 1;
            for (; next < recipients.Count && next - from < most; next++)
                AddRecipient(flight, message, recipients[next]);
            var last = next == recipients.Count && Pipelines;
            if (last && together)
            {
                await message.BeginTransmissionAsync(deadline.Token).ConfigureAwait(false);
                flight.Add("BDAT ").Add(body.Size).Add(" LAST\r\n");
                await WriteMessageAsync(async, flight, body, stuffed: false, transaction).ConfigureAwait(false);
            }
            else if (last && !Chunks)
            {
                flight.Add("DATA\r\n");
                dataAsked = true;
            }
            await flight.FlushAsync(async).ConfigureAwait(false);

            if (resets)
                await EndResetAsync(async).ConfigureAwait(false);
            resets = false;
            if (mailAsked)
                await EndMailAsync(async, transaction).ConfigureAwait(false);
            mailAsked = false;
            if (transaction.SenderRefusal is { } refusal && !Pipelines)
                throw Refused(SmtpErrorCode.SenderNotAccepted, refusal);
            recorder.SetStep(DialogueStep.Recipients);
            for (var i = from; i < next; i++)
            {
                if (await EndRecipientAsync(async, recipients[i], transaction).ConfigureAwait(false))
                    accepted++;
            }
        }
        if (transaction.SenderRefusal is null && accepted > 0)
        {
            if (together)
                return await EndMessageAsync(async, together: true).ConfigureAwait(false);
            return dataAsked || channel.IsInStep
                ? await SendMessageAsync(async, flight, message, body, dataAsked, transaction, deadline).ConfigureAwait(false)
                : throw new SmtpProtocolException("The server sent more replies than it was asked for.");
        }
        return await EndRefusedAsync(async, dataAsked, together, transaction).ConfigureAwait(false);
    }

    private void AddMail(CommandBuffer flight, OutgoingMessage message, SerializedMessage body)
    {
        flight.Add("MAIL FROM:<").Add(message.Envelope.Sender).Add(">");
        if (message.NeedsSmtpUtf8)
            flight.Add(" SMTPUTF8");
        if (server.Size && body.IsMeasured)
            flight.Add(" SIZE=").Add(body.Size);
        if (body.IsEightBit && server.EightBitMime)
            flight.Add(" BODY=8BITMIME");
        if (message.EnvelopeId is not null)
            flight.Add(" ENVID=").Add(Xtext(message.EnvelopeId));
        flight.Add("\r\n");
    }

    private static void AddRecipient(CommandBuffer flight, OutgoingMessage message, string recipient)
    {
        flight.Add("RCPT TO:<").Add(recipient).Add(">");
        if (message.Notify != DeliveryNotifications.Unspecified)
        {
            var kind = Ascii.IsValid(recipient) ? "rfc822" : "utf-8";
            flight.Add(" NOTIFY=").Add(message.Notify == DeliveryNotifications.Never ? "NEVER" : message.Notify.ToString().ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal))
                .Add(" ORCPT=").Add(kind).Add(";").Add(Xtext(recipient));
        }
        flight.Add("\r\n");
    }

    private async ValueTask EndResetAsync(bool async)
    {
        var reply = await ReadFirstAsync(async).ConfigureAwait(false);
        if (reply.Code != 250)
            throw new SmtpProtocolException($"The server answered RSET with {reply.Code}.");
        _needsReset = false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EndMailAsync(bool async, DeliveryRecord transaction)
    {
        var reply = await ReadFirstAsync(async).ConfigureAwait(false);
        if (reply.Code is >= 250 and <= 259)
        {
            transaction.MailAnswered = true;
            return;
        }
        Sensible("MAIL", reply);
        transaction.MailAnswered = true;
        // With PIPELINING, the replies to RCPT after it mean nothing; and a message that is on its way already is nobody's.
        transaction.SenderRefusal = reply;
        transaction.MessageSent = false;
        if (reply.Code == 421)
            throw Refused(SmtpErrorCode.SenderNotAccepted, reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> EndRecipientAsync(bool async, string recipient, DeliveryRecord transaction)
    {
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        if (reply.Code is not (>= 250 and <= 259))
            Sensible("RCPT", reply);
        transaction.Answer(recipient, reply);
        // The server closes: there is no further reply to wait for.
        if (reply.Code == 421 && transaction.SenderRefusal is null)
            throw Refused(SmtpErrorCode.RecipientNotAccepted, reply);
        return reply.Code < 400;
    }

    /// <summary>Nobody is to have the mail: reads what is still to be answered, and says what was refused.</summary>
    private async ValueTask<string> EndRefusedAsync(bool async, bool dataAsked, bool together, DeliveryRecord transaction)
    {
        transaction.MessageSent = false;
        if (dataAsked || together)
        {
            var reply = await channel.ReadAsync(async).ConfigureAwait(false);
            // An invitation to send a message to nobody: only the end of the connection declines it (RFC 2920, section 3.1, would send an empty one).
            if (reply.Code is < 400 or >= 600)
                throw new SmtpProtocolException($"The server answered {reply.Code} to the message although it had refused the sender or every recipient.");
        }
        if (transaction.SenderRefusal is { } sender)
            throw Refused(SmtpErrorCode.SenderNotAccepted, sender);
        var refusals = transaction.Refusals.ToList();
        throw Refused(SmtpErrorCode.RecipientNotAccepted, refusals.Find(r => r.IsTransient) ?? refusals[0]);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<string> SendMessageAsync(
        bool async, CommandBuffer flight, OutgoingMessage message, SerializedMessage body, bool dataAsked, DeliveryRecord transaction, Deadline deadline)
    {
        if (Chunks)
        {
            recorder.SetStep(DialogueStep.Body);
            await message.BeginTransmissionAsync(deadline.Token).ConfigureAwait(false);
            if (body.IsHeld)
            {
                flight.Add("BDAT ").Add(body.Size).Add(" LAST\r\n");
                await WriteMessageAsync(async, flight, body, stuffed: false, transaction).ConfigureAwait(false);
            }
            else
            {
                using var chunks = new MessageStream(channel, flight, async, inChunks: true, Pipelines);
                await WriteAgainAsync(async, message, chunks, transaction).ConfigureAwait(false);
            }
            return await EndMessageAsync(async).ConfigureAwait(false);
        }
        recorder.SetStep(DialogueStep.Data);
        if (!dataAsked)
            await flight.Add("DATA\r\n").FlushAsync(async).ConfigureAwait(false);
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        if (reply.Code == 354 && !channel.IsInStep)
            throw new SmtpProtocolException("The server sent more than its reply to DATA.");
        if (reply.Code != 354)
        {
            Sensible("DATA", reply);
            throw Refused(SmtpErrorCode.MessageNotAccepted, reply);
        }
        recorder.SetStep(DialogueStep.Body);
        await message.BeginTransmissionAsync(deadline.Token).ConfigureAwait(false);
        if (body.IsHeld)
        {
            await WriteMessageAsync(async, flight, body, stuffed: true, transaction).ConfigureAwait(false);
        }
        else
        {
            using var data = new MessageStream(channel, flight, async, inChunks: false, Pipelines);
            await WriteAgainAsync(async, message, data, transaction).ConfigureAwait(false);
        }
        return await EndMessageAsync(async).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteMessageAsync(bool async, CommandBuffer flight, SerializedMessage body, bool stuffed, DeliveryRecord transaction)
    {
        var dots = stuffed ? new DotStuffing() : null;
        foreach (var block in body.Blocks)
        {
            if (dots is null)
                await flight.AddAsync(async, block).ConfigureAwait(false);
            else
                await flight.AddStuffedAsync(async, block, dots).ConfigureAwait(false);
        }
        if (stuffed)
            flight.Add(body.EndsLine ? ".\r\n" : "\r\n.\r\n");
        await WriteLastAsync(flight.FlushAsync(async), transaction).ConfigureAwait(false);
    }

    private async ValueTask WriteAgainAsync(bool async, OutgoingMessage message, MessageStream stream, DeliveryRecord transaction)
    {
        // No token: what cuts it off closes the connection, and a failure to write must be seen as one.
        await message.WriteAsync(async, stream, CancellationToken.None).ConfigureAwait(false);
        await stream.CompleteAsync().ConfigureAwait(false);
        await WriteLastAsync(stream.EndAsync(), transaction).ConfigureAwait(false);
    }

    // A write that fails has not handed all of its bytes to the network: the last one was not sent, whatever cut it off.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteLastAsync(ValueTask write, DeliveryRecord transaction)
    {
        await write.ConfigureAwait(false);
        transaction.MessageSent = true;
        recorder.SetStep(DialogueStep.FinalReply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<string> EndMessageAsync(bool async, bool together = false)
    {
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        // A code for an address (RFC 3463, section 3.2): the server has answered a command before it twice, and this is a recipient's answer.
        if (together && (!channel.IsInStep || EnhancedStatus.FromReply(reply.Code, reply.Text) is { Class: 2, Subject: 1 }))
            throw new SmtpProtocolException("The server's replies are out of step: it is not known which of them is the answer to the message.");
        if (reply.Code == 250)
        {
            recorder.SetStep(DialogueStep.Ready);
            return reply.Text;
        }
        Sensible("the message", reply);
        throw Refused(SmtpErrorCode.MessageNotAccepted, reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ReadFirstAsync(bool async)
    {
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        Alive?.Invoke();
        return reply;
    }

    /// <summary>The refusal that a server sent before it closed; null where it sent none.</summary>
    private async ValueTask<Reply?> LastWordAsync(bool async)
    {
        try
        {
            while (true)
            {
                // Those to the chunks before it say 250.
                var reply = await channel.ReadAsync(async).ConfigureAwait(false);
                if (reply.IsTransient || reply.IsPermanent)
                    return reply;
            }
        }
#pragma warning disable CA1031 // The write's own failure is told then.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    private static void Sensible(string command, Reply reply)
    {
        if (!reply.IsTransient && !reply.IsPermanent)
            throw new SmtpProtocolException($"The server answered {command} with {reply.Code}, which means nothing there.");
    }

    private static Exception Refused(SmtpErrorCode error, Reply reply) =>
        reply.Code == 530 ? new ServiceNotAuthenticatedException(reply.Text) : new SmtpCommandException(error, (SmtpStatusCode)reply.Code, reply.Text);

    /// <summary>RFC 3461, section 4.</summary>
    private static string Xtext(string text)
    {
        if (text.All(c => c is > ' ' and < (char)127 and not ('+' or '=')))
            return text;
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > 32 and < 127 and not ((byte)'+' or (byte)'='))
                encoded.Append((char)b);
            else
                encoded.Append('+').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
