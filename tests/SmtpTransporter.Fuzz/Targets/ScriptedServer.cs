namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// A server that sends the input, whatever it receives. It sends one reply at a time, up to the end of a line that is not continued, as a
/// server that waits for the next command. Three bytes that no reply contains change that: the reply after <see cref="Together"/> is sent
/// together with the one before; <see cref="Close"/> closes the connection, and <see cref="Reset"/> resets it. The rest is for the next
/// connection.
/// </summary>
internal sealed class ScriptedServer(byte[] input, int start)
{
    public const byte Close = 0x1C;
    public const byte Reset = 0x1D;
    public const byte Together = 0x1F;

    private readonly List<ScriptedMessage> _messages = [];
    // The commands and the replies of the current connection.
    private readonly List<string> _commands = [];
    private readonly List<string> _replies = [];
    private string _unfinished = "";
    private int _position = start;

    /// <summary>The messages that were transmitted completely.</summary>
    public IReadOnlyList<ScriptedMessage> Messages => _messages;

    /// <summary>All bytes that the client has sent outside TLS.</summary>
    public MemoryStream Received { get; } = new();

    public bool IsAtEnd => _position >= input.Length;

    public byte? Next => IsAtEnd ? null : input[_position];

    /// <summary>Adds a command, or the dot at the end of a message. The next reply that no earlier command has belongs to it.</summary>
    public void AddCommand(string command) => _commands.Add(command);

    /// <summary>The last command was the end of a message.</summary>
    public void EndMessage()
    {
        var sender = _commands.FindLastIndex(c => c.StartsWith("MAIL", StringComparison.Ordinal));
        int[] envelope = sender < 0 ? [] : [sender, .. FindRecipients(sender)];
        _messages.Add(new ScriptedMessage(_replies, envelope, _commands.Count - 1));
    }

    /// <summary>Begins a connection. The messages of the one before get no more replies.</summary>
    public void Accept()
    {
        _messages.ForEach(m => m.Freeze());
        _commands.Clear();
        _replies.Clear();
        _unfinished = "";
        // The greeting is the reply to the connection itself.
        AddCommand("");
        if (Next is Close or Reset)
            _position++;
    }

    /// <summary>Reads the next reply; empty at the end of the input.</summary>
    public byte[] ReadReply()
    {
        var reply = new List<byte>();
        while (!IsAtEnd)
        {
            ReadOne(reply);
            if (Next != Together)
                break;
            _position++;
        }
        _unfinished += Wire.Decode([.. reply]);
        var line = 0;
        for (int end; (end = _unfinished.IndexOf('\n', line)) >= 0;)
        {
            var isContinued = end - line > 3 && _unfinished[line + 3] == '-';
            line = end + 1;
            if (isContinued)
                continue;
            _replies.Add(_unfinished[..line]);
            (_unfinished, line) = (_unfinished[line..], 0);
        }
        return [.. reply];
    }

    private void ReadOne(List<byte> reply)
    {
        var lineStart = reply.Count;
        while (!IsAtEnd && input[_position] is not (Close or Reset or Together))
        {
            var b = input[_position++];
            reply.Add(b);
            if (b != '\n')
                continue;
            if (reply.Count - lineStart < 4 || reply[lineStart + 3] != '-')
                return;
            lineStart = reply.Count;
        }
    }

    private IEnumerable<int> FindRecipients(int sender) =>
        Enumerable.Range(sender + 1, _commands.Count - sender - 1)
            .Where(i => _commands[i].StartsWith("RCPT", StringComparison.Ordinal));
}
