using System.Globalization;

namespace SmtpTransport.Testing;

/// <summary>DATA (RFC 5321, section 4.1.1.4) and BDAT (RFC 3030), and what becomes of the message. Used by one task.</summary>
internal sealed class MessageHandler(ConversationContext context)
{
    private readonly MessageReader _reader = new(context);

    public async Task DataAsync(CommandLine line)
    {
        var transaction = context.Transaction;
        var reply = line.Arguments.Length > 0 ? Reply.SyntaxError("DATA takes no argument")
            : transaction is { IsChunked: true } ? Reply.BadSequence("DATA must not follow BDAT")
            : RefuseIfNotReady(transaction) ?? new Reply(354, null, "End data with <CR><LF>.<CR><LF>");
        var code = await context.Replies.AnswerAsync(SmtpStep.Data, reply, line.Text, transaction).ConfigureAwait(false);
        if (code != 354)
            return;
        // After a scripted 354 there may be no recipient; what the client then sends is read, and refused.
        var reading = transaction ?? new Transaction("", new Dictionary<string, string?>(0), context.SizeLimit);
        if (await _reader.ReadDataAsync(reading, line.Text).ConfigureAwait(false))
            await FinishAsync(reading, line.Text, SmtpStep.EndOfData).ConfigureAwait(false);
    }

    public async Task ChunkAsync(CommandLine line)
    {
        var parts = line.Arguments.Split(' ');
        var isLast = parts.Length == 2 && parts[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        if (!context.Options.Chunking || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || (parts.Length > 1 && !isLast))
        {
            var invalid = context.Options.Chunking
                ? Reply.SyntaxError("Syntax: BDAT size [LAST]")
                : new Reply(502, "5.5.1", "BDAT is not offered");
            await context.Replies.AnswerAsync(SmtpStep.Bdat, invalid, line.Text, context.Transaction).ConfigureAwait(false);
            return;
        }
        // The client sends the chunk whatever the reply will be, so it is read in any case (RFC 3030, section 2).
        var transaction = context.Transaction;
        var refusal = transaction is { HasFailed: true }
            ? Reply.BadSequence("A chunk was refused, send RSET")
            : RefuseIfNotReady(transaction);
        if (!await _reader.ReadChunkAsync(refusal is null ? transaction : null, size, line.Text).ConfigureAwait(false))
            return;
        if (refusal is null && isLast)
        {
            await FinishAsync(transaction!, line.Text, SmtpStep.Bdat).ConfigureAwait(false);
            return;
        }
        var reply = refusal ?? (transaction!.Message.IsTooLarge ? Reply.TooLarge : new Reply(250, "2.0.0", $"{size} octets received"));
        var code = await context.Replies.AnswerAsync(SmtpStep.Bdat, reply, line.Text, transaction).ConfigureAwait(false);
        if (transaction is not null && code is < 200 or > 299)
            transaction!.HasFailed = true;
    }

    private static Reply? RefuseIfNotReady(Transaction? transaction) => transaction switch
    {
        null => Reply.BadSequence("Send MAIL first"),
        { Recipients.Count: > 0 } => null,
        { HadRecipientCommand: true } => new(554, "5.5.1", "No valid recipients"),
        _ => Reply.BadSequence("Send RCPT first"),
    };

    private async Task FinishAsync(Transaction transaction, string line, SmtpStep alternative)
    {
        var message = transaction.Message;
        message.Complete();
        var reply = transaction.Recipients.Count == 0 ? new Reply(554, "5.5.1", "No valid recipients")
            : message.IsTooLarge ? Reply.TooLarge
            : message.HasBareLineEnd ? new Reply(550, "5.6.0", "The message has a bare LF or a bare CR")
            : new Reply(250, "2.0.0", "Ok: queued as " + transaction.QueueId);
        context.Transaction = null;
        if (context.Options.Protocol == MailProtocol.Lmtp && transaction.Recipients.Count > 0)
        {
            await AnswerForEachAsync(transaction, reply).ConfigureAwait(false);
            return;
        }
        var script = context.Server.Script;
        var rule = script.Take(SmtpStep.EndOfData, line, transaction);
        if (rule is null && alternative != SmtpStep.EndOfData)
            rule = script.Take(alternative, line, transaction);

        // Kept before the reply is sent: a test that has read the reply finds the message.
        if (transaction.Recipients.Count > 0 && (rule?.Action.Keeps(reply.Code) ?? reply.Code == 250))
            context.Server.Keep(new ReceivedMessage(transaction, message.ToArray(), context.Session));

        var code = rule is null ? context.Replies.Send(reply) : await context.Replies.PlayAsync(rule, reply).ConfigureAwait(false);
        await PlayIdleAsync(code, line, transaction).ConfigureAwait(false);
    }

    /// <summary>LMTP: a reply for each recipient, in the order of RCPT (RFC 2033, section 4.2).</summary>
    private async Task AnswerForEachAsync(Transaction transaction, Reply reply)
    {
        // The lines of a transaction are those of MAIL and of each recipient that was accepted.
        var answers = transaction.Recipients.Select((recipient, i) => (
            Recipient: recipient,
            Line: transaction.Lines[i + 1],
            Rule: context.Server.Script.Take(SmtpStep.EndOfData, transaction.Lines[i + 1]))).ToList();
        var isKept = answers.ConvertAll(a => a.Rule?.Action.Keeps(reply.Code) ?? reply.Code == 250);
        if (isKept.Contains(true))
            context.Server.Keep(new ReceivedMessage(transaction, transaction.Message.ToArray(), context.Session, isKept));
        foreach (var (_, line, rule) in answers)
        {
            var code = rule is null ? context.Replies.Send(reply) : await context.Replies.PlayAsync(rule, reply).ConfigureAwait(false);
            if (context.Replies.HasEnded)
                return;
            if (line == transaction.Lines[^1])
                await PlayIdleAsync(code, line, transaction).ConfigureAwait(false);
        }
    }

    private async Task PlayIdleAsync(int code, string line, Transaction transaction)
    {
        if (code != 250 || context.Server.Script.Take(SmtpStep.Idle, line, transaction) is not { } idle)
            return;
        await context.Wire.FlushAsync().ConfigureAwait(false);
        await context.Replies.PlayAsync(idle, null).ConfigureAwait(false);
    }
}
