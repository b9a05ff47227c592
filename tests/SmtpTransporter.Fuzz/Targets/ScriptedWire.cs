using System.Globalization;
using System.Net.Sockets;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>A connection to a <see cref="ScriptedServer"/> within the process. Its socket is never connected.</summary>
internal sealed class ScriptedWire : DeadlineStream
{
    private readonly ScriptedServer _server;
    private ReadOnlyMemory<byte> _said;
    private bool _closed;
    private bool _broken;
    private readonly List<byte> _line = [];
    private bool _inData;
    private long _chunk;
    private bool _lastChunk;

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
            if (_chunk > 0)
            {
                _chunk--;
                EndChunk();
                continue;
            }
            _line.Add(b);
            if (b != '\n')
                continue;
            var line = Wire.Of([.. _line]);
            _line.Clear();
            Hear(line.TrimEnd('\r', '\n'));
        }
    }

    // Whether a message follows DATA, the client decides by an answer that is not known here; a dot alone is no command.
    private void Hear(string line)
    {
        if (line == ".")
        {
            _server.Ask(line);
            _server.MessageEnded();
            _inData = false;
        }
        else if (!_inData || line.StartsWith("RSET", StringComparison.Ordinal) || line.StartsWith("QUIT", StringComparison.Ordinal) || line.StartsWith("MAIL FROM:", StringComparison.Ordinal))
        {
            _server.Ask(line);
            _inData = line == "DATA";
            if (!line.StartsWith("BDAT ", StringComparison.Ordinal))
                return;
            _chunk = long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
            _lastChunk = line.EndsWith(" LAST", StringComparison.Ordinal);
            EndChunk();
        }
    }

    private void EndChunk()
    {
        if (_chunk > 0 || !_lastChunk)
            return;
        _lastChunk = false;
        _server.MessageEnded();
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
