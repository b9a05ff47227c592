using System.Buffers;
using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// Sends a message that is too large to be held while it is written: in chunks (BDAT), or as DATA with its dots doubled. The last piece is
/// kept back until <see cref="EndAsync"/>. A chunk that the server refuses ends the writing with a <see cref="ServerRefusedException"/>.
/// </summary>
internal sealed class MessageStream(CommandBuffer flight, BodyWatch watch, bool async, bool inChunks, bool pipelines) : WriteOnlyStream
{
    private const int ChunkSize = 1024 * 1024;

    private readonly byte[] _chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
    private readonly DotStuffing _dots = new();
    private int _used;
    private byte _last;
    private bool _disposed;

    /// <summary>How many bytes of the message were written.</summary>
    public long Written { get; private set; }

    /// <summary>Waits for the answers to what went out so far; the last piece is still here.</summary>
    public async ValueTask CompleteAsync()
    {
        while (watch.Unanswered > 0)
            await watch.ReadChunkReplyAsync().ConfigureAwait(false);
    }

    /// <summary>The last piece: with it the message is out.</summary>
    public async ValueTask EndAsync()
    {
        if (inChunks)
        {
            flight.Add("BDAT ").Add(_used).Add(" LAST\r\n");
            await flight.AddAsync(async, _chunk.AsMemory(0, _used)).ConfigureAwait(false);
        }
        else
        {
            await flight.AddStuffedAsync(async, _chunk.AsMemory(0, _used), _dots).ConfigureAwait(false);
            flight.Add(_last == (byte)'\n' ? ".\r\n" : "\r\n.\r\n");
        }
        await flight.FlushAsync(async).ConfigureAwait(false);
    }

    // An argument of the constructor says whether to block: both ways of writing follow it.
    protected override ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => PutAsync(bytes);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
            ArrayPool<byte>.Shared.Return(_chunk);
        _disposed = true;
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask PutAsync(ReadOnlyMemory<byte> bytes)
    {
        Written += bytes.Length;
        while (bytes.Length > 0)
        {
            if (_used == ChunkSize)
                await SendChunkAsync().ConfigureAwait(false);
            var room = Math.Min(bytes.Length, ChunkSize - _used);
            bytes[..room].CopyTo(_chunk.AsMemory(_used));
            _used += room;
            _last = bytes.Span[room - 1];
            bytes = bytes[room..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendChunkAsync()
    {
        if (inChunks)
        {
            flight.Add("BDAT ").Add(_used).Add("\r\n");
            await flight.AddAsync(async, _chunk.AsMemory(0, _used)).ConfigureAwait(false);
        }
        else
        {
            await flight.AddStuffedAsync(async, _chunk.AsMemory(0, _used), _dots).ConfigureAwait(false);
        }
        await flight.FlushAsync(async).ConfigureAwait(false);
        _used = 0;
        if (!inChunks)
            return;
        // With PIPELINING, the next chunk is on its way while the answer to this one is.
        watch.Unanswered++;
        if (!pipelines || watch.Unanswered > 1)
            await watch.ReadChunkReplyAsync().ConfigureAwait(false);
    }
}
