namespace SmtpTransport.Testing;

/// <summary>Reading the bytes of a message.</summary>
internal sealed partial class Conversation
{
    private void BeginBody(Transaction transaction, string line)
    {
        if (transaction.BodyBegun)
            return;
        transaction.BodyBegun = true;
        transaction.BodyRule = server.Script.Take(SmtpStep.Body, line, transaction);
    }

    /// <returns>False if the connection ended before the message did.</returns>
    private async Task<bool> ReadDataAsync(Transaction transaction)
    {
        var decoder = new DotDecoder(transaction.Message);
        while (true)
        {
            if (!await PlayBodyAsync(transaction).ConfigureAwait(false))
                return false;
            if (decoder.IsComplete)
                break;
            if (!wire.HasInput && !await wire.FillAsync().ConfigureAwait(false))
                return CutOff(transaction);

            var used = decoder.Decode(wire.Input[..Allowed(transaction, wire.Input.Length)]);
            wire.Consume(used);
            transaction.BodyBytes += used;
        }

        session.AddClient($"<{transaction.Message.Length} bytes of message>");
        return true;
    }

    /// <summary>Reads a chunk into the message, or into nothing where there is no transaction to take it.</summary>
    /// <returns>False if the connection ended before the chunk did.</returns>
    private async Task<bool> ReadChunkAsync(Transaction? transaction, long size, string line)
    {
        if (transaction is not null)
        {
            transaction.IsChunked = true;
            BeginBody(transaction, line);
        }

        for (var left = size; ;)
        {
            if (transaction is not null && !await PlayBodyAsync(transaction).ConfigureAwait(false))
                return false;
            if (left == 0)
                break;
            if (!wire.HasInput && !await wire.FillAsync().ConfigureAwait(false))
                return transaction is not null && CutOff(transaction);

            var used = (int)Math.Min(left, Allowed(transaction, wire.Input.Length));
            transaction?.Message.AppendChunk(wire.Input[..used]);
            wire.Consume(used);
            left -= used;
            if (transaction is not null)
                transaction.BodyBytes += used;
        }

        session.AddClient($"<{size} bytes of message>");
        return true;
    }

    private bool CutOff(Transaction transaction)
    {
        session.AddClient($"<{transaction.BodyBytes} bytes of message, then nothing more>");
        _ended = true;
        return false;
    }

    /// <summary>How much may be read before the rule for the message's bytes comes into play.</summary>
    private static int Allowed(Transaction? transaction, int available)
        => transaction?.BodyRule is { } rule ? (int)Math.Min(available, rule.Action.AfterBytes - transaction.BodyBytes) : available;

    /// <summary>Plays the rule if enough bytes have come.</summary>
    /// <returns>False if the connection has ended.</returns>
    private async Task<bool> PlayBodyAsync(Transaction transaction)
    {
        if (transaction.BodyRule is not { } rule || transaction.BodyBytes < rule.Action.AfterBytes)
            return true;

        transaction.BodyRule = null;
        await wire.FlushAsync().ConfigureAwait(false);
        if (rule.Action.Verb == ScriptVerb.Hang)
        {
            // Reading on would let the client finish; only a full buffer stops it in the middle of the message.
            rule.Hit();
            await Task.Delay(Timeout.Infinite, server.Stop).ConfigureAwait(false);
        }

        // Written down first: whoever has waited for the end of the session reads it.
        if (rule.Action.EndsConnection)
            session.AddClient($"<{transaction.BodyBytes} bytes of message, then closed by the server>");
        await PlayAsync(rule, null).ConfigureAwait(false);
        if (!_ended)
            await wire.FlushAsync().ConfigureAwait(false);
        return !_ended;
    }
}
