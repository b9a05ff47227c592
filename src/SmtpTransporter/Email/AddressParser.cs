using System.Text;

namespace SmtpTransport;

/// <summary>
/// Parses address lists as people write them: the address list of RFC 5322, section 3.4, with names, quotes, comments, groups and routes,
/// and <c>;</c> as another separator. One pass without recursion: linear time for any input.
/// </summary>
internal sealed class AddressParser
{
    // Nobody writes deeper comments; one that is deeper is meant to harm a parser that reads the message later.
    private const int MaxCommentDepth = 100;

    private readonly string _text;
    private readonly List<EmailAddress> _found = [];
    private readonly StringBuilder _words = new();
    private int _position;
    private int _entryStart;
    private int _groupStart = -1;
    private string? _address;
    private int _addressStart;
    private bool _separatedWords;
    private bool _atSign;

    private AddressParser(string text) => _text = text;

    public static (IReadOnlyList<EmailAddress> Items, AddressProblem? Problem) Parse(string text)
    {
        var parser = new AddressParser(text);
        try
        {
            parser.Run();
            return (parser._found, null);
        }
        catch (ProblemException exception)
        {
            return (parser._found, exception.Problem);
        }
    }

    private void Run()
    {
        StartEntry();
        var afterSpace = false;
        while (_position < _text.Length)
        {
            var c = _text[_position];
            switch (c)
            {
                case ' ' or '\t':
                    _position++;
                    afterSpace = true;
                    continue;
                case '(':
                    SkipComment();
                    afterSpace = true;
                    continue;
                case ',':
                    EndEntry();
                    _position++;
                    StartEntry();
                    break;
                case ';':
                    EndEntry();
                    _groupStart = -1;
                    _position++;
                    StartEntry();
                    break;
                case ':' when !_atSign && _address is null && _groupStart < 0:
                    _groupStart = _position++;
                    StartEntry();
                    break;
                case '<':
                    ReadAngle();
                    break;
                default:
                    ReadWord(c, afterSpace);
                    break;
            }
            afterSpace = false;
        }
        EndEntry();
        if (_groupStart >= 0)
            throw Fail(_groupStart, "the group is not closed with \";\"");
    }

    private void StartEntry()
    {
        _words.Clear();
        _address = null;
        _separatedWords = false;
        _atSign = false;
        _entryStart = -1;
    }

    private void ReadWord(char c, bool afterSpace)
    {
        if (_address is not null)
            throw Fail(_position, "there is text after the address");
        if (c is '>' or ')' or ']')
            throw Fail(_position, $"\"{c}\" closes nothing");
        if (char.IsControl(c))
            throw Fail(_position, "there is a control character");
        if (_entryStart < 0)
            _entryStart = _position;
        if (afterSpace && _words.Length > 0)
        {
            _separatedWords = true;
            _words.Append(' ');
        }
        if (c == '"')
        {
            ReadQuoted(_words);
            return;
        }
        if (c == '[')
        {
            var end = _text.IndexOf(']', _position);
            if (end < 0)
                throw Fail(_position, "the bracket is not closed");
            while (_position <= end)
                _words.Append(ReadAny());
            return;
        }
        _atSign |= c == '@';
        _words.Append(c);
        _position++;
    }

    /// <summary>Reads a quoted string with its quotes and backslashes.</summary>
    private void ReadQuoted(StringBuilder into)
    {
        var start = _position;
        into.Append(_text[_position++]);
        while (_position < _text.Length)
        {
            var c = ReadAny();
            into.Append(c);
            if (c == '"')
                return;
            if (c == '\\' && _position < _text.Length)
                into.Append(ReadAny());
        }
        throw Fail(start, "the quote is not closed");
    }

    /// <summary>Reads a character inside quotes or brackets, where any is allowed except a line break, even after a backslash.</summary>
    private char ReadAny()
    {
        var c = _text[_position++];
        return char.IsControl(c) && c != '\t' ? throw Fail(_position - 1, "there is a control character") : c;
    }

    private void SkipComment()
    {
        var start = _position;
        var depth = 0;
        do
        {
            var c = _text[_position++];
            if (c == '\\')
                _position++;
            else if (c == '(' && ++depth > MaxCommentDepth)
                throw Fail(start, $"comments are nested deeper than {MaxCommentDepth}");
            else if (c == ')')
                depth--;
        }
        while (depth > 0 && _position < _text.Length);
        if (depth > 0)
            throw Fail(start, "the comment is not closed");
    }

    private void ReadAngle()
    {
        var open = _position++;
        if (_address is not null)
            throw Fail(open, "there is a second address");
        var content = new StringBuilder();
        _addressStart = _position;
        while (_position < _text.Length && _text[_position] != '>')
        {
            var c = _text[_position];
            if (content.Length == 0)
                _addressStart = _position;
            if (c == '"')
                ReadQuoted(content);
            else if (c == '(')
                SkipComment();
            else if (c == '<')
                throw Fail(_position, "there is \"<\" inside angle brackets");
            else if (c == ':' && content.Length > 0 && content[0] == '@')
            {
                // A source route (RFC 5321, section 4.1.1.3): accepted and ignored.
                content.Clear();
                _position++;
            }
            else
            {
                if (content.Length > 0 || c is not (' ' or '\t'))
                    content.Append(c);
                _position++;
            }
        }
        if (_position >= _text.Length)
            throw Fail(open, "the angle bracket is not closed");
        _position++;
        _address = content.ToString().TrimEnd(' ', '\t');
    }

    private void EndEntry()
    {
        if (_address is null && _words.Length == 0)
            return;
        string? name = null;
        if (_address is null)
        {
            if (_separatedWords)
            {
                throw Fail(
                    _entryStart,
                    _atSign ? "there is a space in the address" : "this is not a valid address: it has no \"@\"");
            }
            _address = _words.ToString();
            _addressStart = _entryStart;
        }
        else if (_words.Length > 0)
        {
            name = Unquote(_words);
        }
        if (AddressSpec.Check(_address) is { } problem)
            throw Fail(_addressStart + problem.Position, problem.Message);
        _found.Add(new EmailAddress(_address, name));
    }

    private static string Unquote(StringBuilder words)
    {
        var name = new StringBuilder(words.Length);
        var quoted = false;
        for (var i = 0; i < words.Length; i++)
        {
            var c = words[i];
            if (c == '"')
                quoted = !quoted;
            else
                name.Append(c == '\\' && quoted ? words[++i] : c);
        }
        return name.ToString();
    }

    private static ProblemException Fail(int position, string message) => new(new AddressProblem(position, message));

    private sealed class ProblemException(AddressProblem problem) : Exception(problem.Message)
    {
        public AddressProblem Problem { get; } = problem;
    }
}
