using System.Text;

namespace SmtpTransport.Tool;

/// <summary>Reads the lines of a text of any length, each of them up to a limit. One caller at a time.</summary>
internal sealed class LineReader(TextReader reader)
{
    /// <summary>The characters that a line may have.</summary>
    public const int MaxLength = 1_000_000;

    private readonly StringBuilder _line = new();
    private int _number;

    /// <returns>The next line; null at the end. Of a line that is too long, one character more than it may have.</returns>
    public TextLine? Read()
    {
        _line.Clear();
        for (var c = reader.Read(); ; c = reader.Read())
        {
            if (c < 0 && _line.Length == 0)
                return null;
            if (c is < 0 or '\n' or '\r')
            {
                if (c == '\r' && reader.Peek() == '\n')
                    reader.Read();
                return new TextLine(++_number, _line.ToString());
            }
            if (_line.Length <= MaxLength)
                _line.Append((char)c);
        }
    }
}
