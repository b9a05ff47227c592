namespace SmtpTransport;

/// <summary>A table that is open while HTML becomes text. Positions are lengths of the text.</summary>
internal sealed class HtmlTextTable
{
    private bool _isInCell;
    private int _filledCells;
    private int _separator = -1;

    public int RowStart { get; private set; }

    public int CellStart { get; private set; }

    /// <summary>Whether a cell of the row has several lines.</summary>
    public bool HasLines { get; private set; }

    /// <summary>Whether the last row became one line with several cells.</summary>
    public bool FollowsLine { get; private set; }

    public void BeginRow(int position)
    {
        RowStart = position;
        CellStart = position;
        HasLines = false;
        _filledCells = 0;
    }

    public void BeginCell(int position)
    {
        CellStart = position;
        _isInCell = true;
        _separator = -1;
    }

    public void EndCell(bool hasWords)
    {
        _isInCell = false;
        if (hasWords)
            _filledCells++;
    }

    public void EndRow()
    {
        if (_filledCells > 0)
            FollowsLine = _filledCells > 1 && !HasLines;
    }

    /// <summary>Remembers the blank between two cells of a row.</summary>
    public void Separate(int position)
    {
        if (_isInCell && position == CellStart && position > RowStart)
            _separator = position;
    }

    /// <summary>Reports that a line ends at a position.</summary>
    /// <returns>The blank before the cell that has several lines now; null if there is none.</returns>
    public int? TakeSeparator(int position)
    {
        if (!_isInCell || position == CellStart)
            return null;
        HasLines = true;
        var separator = _separator;
        _separator = -1;
        return separator < 0 ? null : separator;
    }
}
