namespace SmtpTransport.Testing;

/// <summary>Reads the bytes of a message, and plays the rule for <see cref="SmtpStep.Body"/> between them. Used by one task.</summary>
internal sealed class MessageReader(ConversationContext context)
{
    private Wire Wire => context.Wire;

    private SmtpTestSession Session => context.Session;

    /// <summary>Reads up to the final dot.</summary>
    /// <returns>False if the connection ended before the message did.</returns>
    public async Task<bool> ReadDataAsync(Transaction transaction, string line)
    {
        Begin(transaction, line);
        var decoder = new DotDecoder(transaction.Message);
        while (true)
        {
            if (!await PlayRuleAsync(transaction).ConfigureAwait(false))
                return false;
            if (decoder.IsComplete)
                break;
            if (!Wire.HasInput && !await Wire.FillAsync().ConfigureAwait(false))
                return EndEarly(transaction);
            var used = decoder.Decode(Wire.Input[..BytesBeforeRule(transaction, Wire.Input.Length)]);
            Wire.Consume(used);
            transaction.BytesRead += used;
        }
        Session.AddClient($"<{transaction.Message.Length} bytes of message>");
        return true;
    }

    /// <summary>Reads a chunk into the message, or discards it if no transaction can take it.</summary>
    /// <returns>False if the connection ended before the chunk did.</returns>
    public async Task<bool> ReadChunkAsync(Transaction? transaction, long size, string line)
    {
        if (transaction is not null)
        {
            transaction.IsChunked = true;
            Begin(transaction, line);
        }
        for (var left = size; ;)
        {
            if (transaction is not null && !await PlayRuleAsync(transaction).ConfigureAwait(false))
                return false;
            if (left == 0)
                break;
            if (!Wire.HasInput && !await Wire.FillAsync().ConfigureAwait(false))
                return transaction is not null && EndEarly(transaction);
            var used = (int)Math.Min(left, BytesBeforeRule(transaction, Wire.Input.Length));
            transaction?.Message.AppendChunk(Wire.Input[..used]);
            Wire.Consume(used);
            left -= used;
            if (transaction is not null)
                transaction.BytesRead += used;
        }
        Session.AddClient($"<{size} bytes of message>");
        return true;
    }

    private void Begin(Transaction transaction, string line)
    {
        if (transaction.HasBegunMessage)
            return;
        transaction.HasBegunMessage = true;
        transaction.MessageRule = context.Server.Script.Take(SmtpStep.Body, line, transaction);
    }

    private bool EndEarly(Transaction transaction)
    {
        Session.AddClient($"<{transaction.BytesRead} bytes of message, then nothing more>");
        context.Replies.StopReading();
        return false;
    }

    /// <summary>How many of the available bytes may be read before the rule is played.</summary>
    private static int BytesBeforeRule(Transaction? transaction, int available) =>
        transaction?.MessageRule is { } rule ? (int)Math.Min(available, rule.Action.AfterBytes - transaction.BytesRead) : available;

    /// <summary>Plays the rule if enough bytes have been read.</summary>
    /// <returns>False if the connection has ended.</returns>
    private async Task<bool> PlayRuleAsync(Transaction transaction)
    {
        if (transaction.MessageRule is not { } rule || transaction.BytesRead < rule.Action.AfterBytes)
            return true;
        transaction.MessageRule = null;
        await Wire.FlushAsync().ConfigureAwait(false);
        if (rule.Action.Verb == ScriptVerb.Hang)
        {
            // Reading on would let the client finish; only a full buffer stops it in the middle of the message.
            rule.Hit();
            await Task.Delay(Timeout.Infinite, context.Server.Stop).ConfigureAwait(false);
        }
        // Recorded first: a test that has waited for the end of the session reads it.
        if (rule.Action.EndsConnection)
            Session.AddClient($"<{transaction.BytesRead} bytes of message, then closed by the server>");
        await context.Replies.PlayAsync(rule, null).ConfigureAwait(false);
        if (!context.Replies.HasEnded)
            await Wire.FlushAsync().ConfigureAwait(false);
        return !context.Replies.HasEnded;
    }
}
