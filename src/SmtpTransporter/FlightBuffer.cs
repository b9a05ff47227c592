using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>Gathers commands, and a small message behind them, so that they go out together: a flight. One caller at a time.</summary>
internal sealed class FlightBuffer(SmtpChannel channel) : IDisposable
{
    // What is larger is written as it is, without being copied.
    private const int MostCopied = 64 * 1024;

    private readonly ByteBuffer _buffer = new(4096);

    public FlightBuffer Add(string text)
    {
        _buffer.Add(text);
        return this;
    }

    public FlightBuffer Add(long number)
    {
        _buffer.Add(number);
        return this;
    }

    /// <summary>A block of the message: copied behind what is gathered where both are small, else written.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask AddAsync(bool async, ReadOnlyMemory<byte> block)
    {
        if (_buffer.Length + block.Length > MostCopied)
        {
            await FlushAsync(async).ConfigureAwait(false);
            if (block.Length > MostCopied)
            {
                await channel.WriteAsync(async, block).ConfigureAwait(false);
                return;
            }
        }
        _buffer.Add(block.Span);
    }

    /// <summary>As <see cref="AddAsync"/>, with the dots at the beginnings of lines doubled (RFC 5321, section 4.5.2).</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask AddStuffedAsync(bool async, ReadOnlyMemory<byte> block, DotStuffing dots)
    {
        while (block.Length > 0)
        {
            var length = dots.Next(block.Span, out var doubled);
            await AddAsync(async, block[..length]).ConfigureAwait(false);
            if (doubled)
                Add(".");
            block = block[length..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FlushAsync(bool async)
    {
        if (_buffer.Length == 0)
            return;
        var bytes = _buffer.Memory;
        _buffer.Clear();
        await channel.WriteAsync(async, bytes).ConfigureAwait(false);
    }

    public void Dispose() => _buffer.Dispose();
}

/// <summary>Finds the dots that begin a line, over the bounds of blocks. A line begins after LF: what follows a lone one must not be taken for the end.</summary>
internal sealed class DotStuffing
{
    private bool _atLineStart = true;

    /// <summary>How much of the block goes out up to the next dot that begins a line, that dot included; all of it where there is none.</summary>
    public int Next(ReadOnlySpan<byte> block, out bool doubled)
    {
        doubled = true;
        if (_atLineStart && block[0] == (byte)'.')
        {
            _atLineStart = false;
            return 1;
        }
        var at = block.IndexOf("\n."u8);
        if (at >= 0)
        {
            _atLineStart = false;
            return at + 2;
        }
        doubled = false;
        _atLineStart = block[^1] == (byte)'\n';
        return block.Length;
    }
}
