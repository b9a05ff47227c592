namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// A server whose words are the input, whatever it is asked. It says one reply at a time, as a server that waits for the next command: up to the
/// end of a line that is not continued. Three octets that no reply holds change that: what follows <see cref="Together"/> comes with what was
/// before it; <see cref="Closes"/> ends the connection, and <see cref="Breaks"/> breaks it. The rest is for the next connection.
/// </summary>
internal sealed class ScriptedServer(byte[] words, int start)
{
    public const byte Closes = 0x1C;
    public const byte Breaks = 0x1D;
    public const byte Together = 0x1F;

    private readonly List<string> _verdicts = [];
    private int _position = start;
    private bool _judges;

    /// <summary>How many messages have come to their end.</summary>
    public int Messages { get; private set; }

    /// <summary>What was said right after the end of each message.</summary>
    public IReadOnlyList<string> Verdicts => _verdicts;

    /// <summary>Everything that the client has sent outside of TLS.</summary>
    public MemoryStream Heard { get; } = new();

    public bool IsAtEnd => _position >= words.Length;

    public byte? Next => IsAtEnd ? null : words[_position];

    public void MessageEnded() => (Messages, _judges) = (Messages + 1, true);

    /// <summary>A connection begins: what ended the one before it is over, and nobody waits for a verdict any more.</summary>
    public void Accept()
    {
        _judges = false;
        if (Next is Closes or Breaks)
            _position++;
    }

    /// <summary>The next reply; empty at the end.</summary>
    public byte[] Say()
    {
        var said = new List<byte>();
        while (!IsAtEnd)
        {
            SayOne(said);
            if (Next != Together)
                break;
            _position++;
        }
        if (_judges && said.Count > 0)
            _verdicts.Add(Wire.Of([.. said]));
        _judges = false;
        return [.. said];
    }

    private void SayOne(List<byte> said)
    {
        var lineStart = said.Count;
        while (!IsAtEnd && words[_position] is not (Closes or Breaks or Together))
        {
            var b = words[_position++];
            said.Add(b);
            if (b != '\n')
                continue;
            if (said.Count - lineStart < 4 || said[lineStart + 3] != '-')
                return;
            lineStart = said.Count;
        }
    }
}
