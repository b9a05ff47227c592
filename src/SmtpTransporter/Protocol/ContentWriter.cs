using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>Writes the content of a message behind its commands: in one piece if it is held, as it is serialized if not.</summary>
internal static class ContentWriter
{
    /// <summary>Gathers a message that is held. Its last octets are not written yet.</summary>
    /// <param name="async">Whether to write without a thread.</param>
    /// <param name="commands">What goes before it.</param>
    /// <param name="content">The message.</param>
    /// <param name="stuffed">For DATA: dots are doubled, and the end follows.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask AddAsync(bool async, CommandBuffer commands, SerializedMessage content, bool stuffed)
    {
        var dots = stuffed ? new DotStuffing() : null;
        foreach (var block in content.Blocks)
        {
            if (dots is null)
                await commands.AddAsync(async, block).ConfigureAwait(false);
            else
                await commands.AddStuffedAsync(async, block, dots).ConfigureAwait(false);
        }
        if (stuffed)
            commands.Add(content.EndsLine ? ".\r\n" : "\r\n.\r\n");
    }

    /// <summary>Writes a message that is too large to be held, to its last octet.</summary>
    /// <param name="async">Whether to read and write without a thread.</param>
    /// <param name="commands">What goes before it.</param>
    /// <param name="message">The message.</param>
    /// <param name="inChunks">BDAT instead of DATA.</param>
    /// <param name="pipelines">Whether a chunk may follow one that is not answered.</param>
    /// <param name="cancellationToken">
    /// Ends only the reading of attachments: what cuts off a write closes the connection, and is a failure to write.
    /// </param>
    public static async ValueTask WriteAsync(
        bool async, CommandBuffer commands, OutgoingMessage message, bool inChunks, bool pipelines, CancellationToken cancellationToken)
    {
        using var stream = new MessageStream(commands, commands.Watch!, async, inChunks, pipelines);
        await message.WriteAsync(async, stream, cancellationToken).ConfigureAwait(false);
        message.SetWrittenSize(stream.Written);
        await stream.CompleteAsync().ConfigureAwait(false);
        await stream.EndAsync().ConfigureAwait(false);
    }
}
