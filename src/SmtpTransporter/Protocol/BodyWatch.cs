using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// Writes a message that does not go out at once, and reads while it writes: a server that answers in the middle of it would take the rest
/// for commands, so not one octet more is written. One caller at a time.
/// </summary>
internal sealed class BodyWatch(SmtpChannel channel, bool async)
{
    /// <summary>What is written at once. A message of this size, or of less, needs no watch.</summary>
    public const int Piece = 64 * 1024;

    private bool _hasBegun;

    /// <summary>How many chunks have not been answered yet: their replies may come at any time (RFC 3030, section 4.2).</summary>
    public int Unanswered { get; set; }

    /// <summary>True once the server has answered in the middle of the message: the connection can only be closed.</summary>
    public bool IsInterrupted { get; private set; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_hasBegun)
                await ReadWhatIsThereAsync().ConfigureAwait(false);
            var piece = bytes[..Math.Min(Piece, bytes.Length)];
            // The reply to a chunk may come while the next one is being written.
            if (Unanswered == 0)
                await channel.WriteUnlessAnsweredAsync(async, piece).ConfigureAwait(false);
            else
                await channel.WriteAsync(async, piece).ConfigureAwait(false);
            _hasBegun = true;
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Waits for the reply to a chunk.</summary>
    /// <exception cref="ServerRefusedException">The server refused the chunk.</exception>
    public async ValueTask ReadChunkReplyAsync()
    {
        var reply = await channel.ReadAsync(async).ConfigureAwait(false);
        Unanswered--;
        if (reply.IsRefusal)
            throw new ServerRefusedException(reply);
        if (reply.Code != 250)
            throw SessionBrokenException.NotAReplyTo("BDAT", reply);
    }

    /// <summary>
    /// After a write that failed: the refusal that the server sent before it closed, or instead of reading on; null if it sent none.
    /// </summary>
    /// <exception cref="SessionBrokenException">It has answered the message, of which it has not read the end, with a positive reply: there
    /// is nothing more to wait for.</exception>
    public async ValueTask<Reply?> ReadFinalRefusalAsync()
    {
        Reply reply;
        try
        {
            do
                reply = await channel.ReadAsync(async).ConfigureAwait(false);
            while (!reply.IsRefusal && Unanswered-- > 0);
        }
#pragma warning disable CA1031 // The failure of the write itself is reported then.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
        return reply.IsRefusal ? reply : throw InTheMiddle(reply);
    }

    private static SessionBrokenException InTheMiddle(Reply reply) =>
        new($"The server answered {reply.Code} in the middle of the message.");

    private async ValueTask ReadWhatIsThereAsync()
    {
        while (await channel.HasMoreAsync(async).ConfigureAwait(false))
        {
            // Until it is known to be the reply to a chunk before this one.
            IsInterrupted = true;
            if (Unanswered > 0)
            {
                await ReadChunkReplyAsync().ConfigureAwait(false);
                IsInterrupted = false;
                continue;
            }
            var reply = await channel.ReadAsync(async).ConfigureAwait(false);
            throw reply.IsRefusal
                ? new ServerRefusedException(reply)
                : InTheMiddle(reply);
        }
    }
}
