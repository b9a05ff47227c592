using System.Globalization;
using System.Net.Sockets;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>A connection to a <see cref="ScriptedServer"/> in the process. Its socket is never connected.</summary>
internal sealed class ScriptedWire : DeadlineStream
{
    private readonly ScriptedServer _server;
    private ReadOnlyMemory<byte> _reply;
    private bool _closed;
    private bool _isReset;
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
        !_closed && !_isReset && _reply.IsEmpty
        && _server.Next is not (null or ScriptedServer.Close or ScriptedServer.Reset or ScriptedServer.Together);

    public override int Read(Span<byte> buffer)
    {
        ThrowIfReset();
        if (_reply.IsEmpty && !_closed)
        {
            _closed = _server.Next is null or ScriptedServer.Close;
            _isReset = _server.Next == ScriptedServer.Reset;
            ThrowIfReset();
            _reply = _closed ? ReadOnlyMemory<byte>.Empty : _server.ReadReply();
        }
        var count = Math.Min(buffer.Length, _reply.Length);
        _reply.Span[..count].CopyTo(buffer);
        _reply = _reply[count..];
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfReset();
        _server.Received.Write(buffer);
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
            var line = Wire.Decode([.. _line]);
            _line.Clear();
            Receive(line.TrimEnd('\r', '\n'));
        }
    }

    // The client decides by a reply that is not known here whether a message follows DATA. A single dot is not a command.
    private void Receive(string line)
    {
        if (line == ".")
        {
            _server.AddCommand(line);
            _server.EndMessage();
            _inData = false;
        }
        else if (!_inData || EndsData(line))
        {
            _server.AddCommand(line);
            _inData = line == "DATA";
            if (!line.StartsWith("BDAT ", StringComparison.Ordinal))
                return;
            _chunk = long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
            _lastChunk = line.EndsWith(" LAST", StringComparison.Ordinal);
            EndChunk();
        }
    }

    private static bool EndsData(string line) =>
        line.StartsWith("RSET", StringComparison.Ordinal) || line.StartsWith("QUIT", StringComparison.Ordinal)
        || line.StartsWith("MAIL FROM:", StringComparison.Ordinal);

    private void EndChunk()
    {
        if (_chunk > 0 || !_lastChunk)
            return;
        _lastChunk = false;
        _server.EndMessage();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    private void ThrowIfReset()
    {
        if (_isReset)
            throw new IOException("The connection was reset.", new SocketException((int)SocketError.ConnectionReset));
    }
}
