using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>The client's own stream, which tells what passes through it.</summary>
internal sealed class ObservedStream(Socket socket, ClientWire wire, bool singleOctets) : DeadlineStream(socket)
{
    public override int Read(Span<byte> buffer)
    {
        var read = 0;
        wire.BeginRead();
        try
        {
            read = base.Read(buffer[..Limit(buffer.Length)]);
            return read;
        }
        finally
        {
            wire.EndRead(buffer[..read]);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        base.Write(buffer);
        wire.Write(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = 0;
        wire.BeginRead();
        try
        {
            read = await base.ReadAsync(buffer[..Limit(buffer.Length)], cancellationToken);
            return read;
        }
        finally
        {
            wire.EndRead(buffer.Span[..read]);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await base.WriteAsync(buffer, cancellationToken);
        wire.Write(buffer.Span);
    }

    private int Limit(int wanted) => singleOctets ? Math.Min(1, wanted) : wanted;
}
