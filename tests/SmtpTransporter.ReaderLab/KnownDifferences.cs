namespace SmtpTransport.ReaderLab;

/// <summary>
/// What readers are known to see otherwise, from <c>known.tsv</c>: the reader, the messages (several separated by blanks), the field,
/// and the row of <c>docs/readers.md</c> that says what it is about.
/// </summary>
internal static class KnownDifferences
{
    public static IReadOnlyList<(string Reader, string Message, string Field, string Row)> All { get; } = Read();

    public static IReadOnlySet<string> Of(string reader) =>
        All.Where(d => d.Reader == reader).Select(d => $"{d.Reader}\t{d.Message}\t{d.Field}").ToHashSet();

    private static List<(string Reader, string Message, string Field, string Row)> Read() =>
    [
        .. from line in File.ReadLines(Path.Combine(Repository.Project, "known.tsv"))
           where line.Length > 0 && line[0] != '#'
           let columns = line.Split('\t')
           from message in columns[1].Split(' ')
           select (columns[0], message, columns[2], columns[3]),
    ];
}
