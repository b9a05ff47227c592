using System.Text;

namespace SmtpTransport;

/// <summary>
/// Puts the words of HTML into lines. White space is collapsed, and breaks are collected until the next word, so that the text has
/// neither blank lines at its ends nor more of them than HTML shows.
/// </summary>
/// <param name="capacity">The length of the text, roughly.</param>
internal sealed class HtmlTextLayout(int capacity)
{
    private const int MaxBreaks = 3;
    private const int MaxIndent = 20;

    private readonly StringBuilder _text = new(capacity);
    private readonly Stack<HtmlTextTable> _tables = new();
    private int _breaks;
    private bool _blank;

    // The length of the text at which breaks have no effect: behind the mark of an item, and at the beginning of a cell.
    private int _unbroken = -1;

    // The length of the text with its last word.
    private int _words;

    public int Length => _text.Length;

    /// <summary>The number of lists around the text.</summary>
    public int Indent { get; set; }

    /// <returns>The text behind a position.</returns>
    public string Read(int start) => start < _text.Length ? _text.ToString(start, _text.Length - start) : "";

    public override string ToString() => _text.ToString().Trim('\n', ' ') + "\n";

    public void AddWords(ReadOnlySpan<char> data)
    {
        for (var i = 0; i < data.Length;)
        {
            var end = i;
            while (end < data.Length && !char.IsWhiteSpace(data[end]))
                end++;
            if (end > i)
            {
                Flush(2 * Indent);
                _text.Append(data[i..end]);
                _words = _text.Length;
            }
            for (i = end; i < data.Length && char.IsWhiteSpace(data[i]); i++)
                AddWhiteSpace(data[i]);
        }
    }

    /// <summary>Keeps a no-break space; any other white space becomes one space.</summary>
    private void AddWhiteSpace(char c)
    {
        if (c != '\u00A0')
        {
            _blank = true;
            return;
        }
        Flush(2 * Indent);
        _text.Append(' ');
    }

    public void AddPreformatted(ReadOnlySpan<char> data)
    {
        if (data.Length == 0)
            return;
        Flush(0);
        _text.Append(data.ToString().Replace("\r\n", "\n", StringComparison.Ordinal));
        _words = _text.Length;
    }

    /// <summary>Adds text directly behind the last word.</summary>
    public void Append(string text) => _text.Append(text);

    /// <summary>Requires that the next word is in a new line: 1 for the next line, 2 for a blank line between, 0 for nothing.</summary>
    public void Break(int breaks)
    {
        if (breaks == 0 || _text.Length == _unbroken)
            return;
        KeepSignatureSeparator();
        _blank = false;
        _breaks = Math.Max(_breaks, breaks);
    }

    /// <summary>Ends a line, even an empty one.</summary>
    public void BreakLine()
    {
        if (_text.Length == _unbroken)
            return;
        KeepSignatureSeparator();
        _blank = false;
        _breaks++;
    }

    public void BeginItem(string mark)
    {
        Break(1);
        Flush(2 * Math.Max(0, Indent - 1));
        _text.Append(mark);
        _unbroken = _text.Length;
    }

    /// <summary>Ends an item of a list: the next one is in the next line, even if both are paragraphs.</summary>
    public void EndItem()
    {
        _unbroken = -1;
        Break(1);
        _breaks = 1;
    }

    public void BeginTable()
    {
        Break(2);
        _tables.Push(new HtmlTextTable());
    }

    public void EndTable()
    {
        if (!_tables.TryPop(out _))
            return;
        _unbroken = -1;
        Break(2);
    }

    public void BeginRow()
    {
        if (!_tables.TryPeek(out var table))
            return;
        Break(1);
        if (table.FollowsLine)
            _unbroken = _text.Length;
        table.BeginRow(_text.Length);
    }

    public void BeginCell()
    {
        if (!_tables.TryPeek(out var table))
        {
            _blank = true;
            return;
        }
        if (_text.Length > table.RowStart)
        {
            _breaks = table.HasLines ? Math.Max(1, _breaks) : 0;
            _blank = true;
            _unbroken = _text.Length;
        }
        table.BeginCell(_text.Length);
    }

    public void EndCell()
    {
        if (!_tables.TryPeek(out var table))
            return;
        table.EndCell(hasWords: _words > table.CellStart);
    }

    public void EndRow()
    {
        if (!_tables.TryPeek(out var table))
            return;
        _unbroken = -1;
        Break(1);
        table.EndRow();
        // The cells of a row may be paragraphs: the rows of a table follow each other all the same.
        if (table.FollowsLine)
            _breaks = 1;
    }

    private void Flush(int indent)
    {
        if (_breaks == 0 && !_blank)
            return;
        if (_text.Length > 0)
        {
            var present = 0;
            while (present < _text.Length && _text[^(present + 1)] == '\n')
                present++;
            if (_breaks > 0)
            {
                MarkLines();
                _text.Append('\n', Math.Max(0, Math.Min(_breaks, MaxBreaks) - present)).Append(' ', Math.Min(indent, MaxIndent));
            }
            else if (_blank && _text[^1] is not ('\n' or ' '))
            {
                foreach (var table in _tables)
                    table.Separate(_text.Length);
                _text.Append(' ');
            }
        }
        (_breaks, _blank) = (0, false);
    }

    /// <summary>A cell that has several lines begins in a line of its own.</summary>
    private void MarkLines()
    {
        foreach (var table in _tables)
        {
            if (table.TakeSeparator(_text.Length) is { } separator)
                _text[separator] = '\n';
        }
    }

    /// <summary>The line that separates a signature ends with a blank (RFC 3676, section 4.3).</summary>
    private void KeepSignatureSeparator()
    {
        if (_blank && _breaks == 0 && _text.Length >= 2 && _text[^1] == '-' && _text[^2] == '-' && (_text.Length == 2 || _text[^3] == '\n'))
            _text.Append(' ');
    }
}
