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

    private readonly List<ScriptedMessage> _messages = [];
    // Of one connection: what it was asked, and what it has answered.
    private readonly List<string> _asked = [];
    private readonly List<string> _answers = [];
    private string _unfinished = "";
    private int _position = start;

    /// <summary>The messages that have come to their end.</summary>
    public IReadOnlyList<ScriptedMessage> Messages => _messages;

    /// <summary>Everything that the client has sent outside of TLS.</summary>
    public MemoryStream Heard { get; } = new();

    public bool IsAtEnd => _position >= words.Length;

    public byte? Next => IsAtEnd ? null : words[_position];

    /// <summary>A command, or the dot at the end of a message: it gets the next answer that nothing before it has got.</summary>
    public void Ask(string command) => _asked.Add(command);

    /// <summary>The last thing that was asked was the end of a message.</summary>
    public void MessageEnded()
    {
        var email = _asked.FindLastIndex(c => c.StartsWith("MAIL", StringComparison.Ordinal));
        var envelope = email < 0 ? [] : Enumerable.Range(email, _asked.Count - email).Where(i => i == email || _asked[i].StartsWith("RCPT", StringComparison.Ordinal)).ToArray();
        _messages.Add(new ScriptedMessage(_answers, envelope, _asked.Count - 1));
    }

    /// <summary>A connection begins: what ended the one before it is over, and nothing of it will be answered any more.</summary>
    public void Accept()
    {
        _messages.ForEach(m => m.Freeze());
        _asked.Clear();
        _answers.Clear();
        _unfinished = "";
        // The greeting is asked by the connection.
        Ask("");
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
        _unfinished += Wire.Of([.. said]);
        var line = 0;
        for (int end; (end = _unfinished.IndexOf('\n', line)) >= 0;)
        {
            var goesOn = end - line > 3 && _unfinished[line + 3] == '-';
            line = end + 1;
            if (goesOn)
                continue;
            _answers.Add(_unfinished[..line]);
            (_unfinished, line) = (_unfinished[line..], 0);
        }
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

/// <summary>A message that has come to its end at the server, and what it answered to it.</summary>
internal sealed class ScriptedMessage(IReadOnlyList<string> answers, int[] envelope, int end)
{
    private IReadOnlyList<string> _answers = answers;

    /// <summary>The answer to the message itself; empty where none came.</summary>
    public string Verdict => AnswerTo(end);

    /// <summary>Taken in plain words: the sender, a recipient, and the message.</summary>
    public bool IsTaken => envelope.Length > 1 && IsPlainYes(AnswerTo(envelope[0])) && envelope.Skip(1).Any(i => IsPlainYes(AnswerTo(i))) && IsPlainYes(Verdict);

    /// <summary>Refused before it could be anybody's: the sender, or every recipient.</summary>
    public bool IsNobodys => envelope.Length > 1 && (IsNo(AnswerTo(envelope[0])) || envelope.Skip(1).All(i => IsNo(AnswerTo(i))));

    /// <summary>The connection has ended: there are no more answers.</summary>
    public void Freeze() => _answers = [.. _answers];

    private string AnswerTo(int asked) => asked < _answers.Count ? _answers[asked] : "";

    private static bool IsNo(string answer) => answer.Length > 3 && answer[0] is '4' or '5' && char.IsAsciiDigit(answer[1]) && char.IsAsciiDigit(answer[2]);

    private static bool IsPlainYes(string answer) => answer.StartsWith("250 ", StringComparison.Ordinal) && answer.IndexOf("\r\n", StringComparison.Ordinal) == answer.Length - 2;
}
