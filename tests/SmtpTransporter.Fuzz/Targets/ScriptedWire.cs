using System.Net.Sockets;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>A connection to a <see cref="ScriptedServer"/> within the process. Its socket is never connected.</summary>
internal sealed class ScriptedWire : WireStream
{
    private static ReadOnlySpan<byte> EndOfMessage => "\r\n.\r\n"u8;

    private readonly ScriptedServer _server;
    private ReadOnlyMemory<byte> _said;
    private bool _closed;
    private bool _broken;
    private int _seen;

    public ScriptedWire(ScriptedServer server)
        : base(new Socket(SocketType.Stream, ProtocolType.Tcp))
    {
        _server = server;
        server.Accept();
    }

    public override bool IsQuiet =>
        !_closed && !_broken && _said.IsEmpty && _server.Next is not (null or ScriptedServer.Closes or ScriptedServer.Breaks or ScriptedServer.Together);

    public override int Read(Span<byte> buffer)
    {
        ThrowIfBroken();
        if (_said.IsEmpty && !_closed)
        {
            _closed = _server.Next is null or ScriptedServer.Closes;
            _broken = _server.Next == ScriptedServer.Breaks;
            ThrowIfBroken();
            _said = _closed ? ReadOnlyMemory<byte>.Empty : _server.Say();
        }
        var count = Math.Min(buffer.Length, _said.Length);
        _said.Span[..count].CopyTo(buffer);
        _said = _said[count..];
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfBroken();
        _server.Heard.Write(buffer);
        foreach (var b in buffer)
        {
            _seen = b == EndOfMessage[_seen] ? _seen + 1 : b == '\r' ? 1 : 0;
            if (_seen < EndOfMessage.Length)
                continue;
            _server.MessageEnded();
            _seen = 0;
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    private void ThrowIfBroken()
    {
        if (_broken)
            throw new IOException("The connection was reset.", new SocketException((int)SocketError.ConnectionReset));
    }
}
