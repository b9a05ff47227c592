namespace SmtpTransport.Tool;

/// <summary>A line of a CSV file, or several if a field has more than one. Immutable.</summary>
/// <param name="Number">The number of its first line; that of the header is 1.</param>
/// <param name="Text">The line as it is written.</param>
/// <param name="Fields">The fields by their columns; empty if there is a problem.</param>
/// <param name="Problem">What is wrong with it, behind "line 7 "; null if it can be used.</param>
internal sealed record CsvLine(int Number, string Text, IReadOnlyDictionary<string, string> Fields, string? Problem)
{
    private static readonly Dictionary<string, string> None = [];

    public static CsvLine Bad(TextLine line, string problem) => new(line.Number, line.Text, None, problem);
}
