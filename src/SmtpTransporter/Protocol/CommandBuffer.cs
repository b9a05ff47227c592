using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>Gathers commands, and a small message behind them, so that they go out together: a flight. One caller at a time.</summary>
internal sealed class CommandBuffer(SmtpChannel channel) : IDisposable
{
    // What is larger is written as it is, without being copied.
    private const int MostCopied = 64 * 1024;

    private readonly ByteBuffer _buffer = new(4096);

    /// <summary>Writes a message that does not go out at once; null for anything else.</summary>
    public BodyWatch? Watch { get; set; }

    /// <summary>What is disposed when the gathered commands were written: the permission to begin a transaction.</summary>
    public IDisposable? Permit { get; set; }

    /// <summary>What is gathered and not written yet.</summary>
    public ByteBuffer Gathered => _buffer;

    public int Length => _buffer.Length;

    public CommandBuffer Add(string text)
    {
        _buffer.Add(text);
        return this;
    }

    public CommandBuffer Add(long number)
    {
        _buffer.Add(number);
        return this;
    }

    /// <summary>A block of the message: appended to the gathered commands if both are small, else written at once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask AddAsync(bool async, ReadOnlyMemory<byte> block)
    {
        if (_buffer.Length + block.Length > MostCopied)
        {
            await FlushAsync(async).ConfigureAwait(false);
            if (block.Length > MostCopied)
            {
                await WriteAsync(async, block).ConfigureAwait(false);
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
        await WriteAsync(async, bytes).ConfigureAwait(false);
        EndPermit();
    }

    private void EndPermit()
    {
        var permit = Permit;
        Permit = null;
        TransmissionCallback.End(permit);
    }

    private ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes) => Watch?.WriteAsync(bytes) ?? channel.WriteAsync(async, bytes);

    public void Dispose()
    {
        EndPermit();
        _buffer.Dispose();
    }
}
