namespace SmtpTransport.ReaderLab;

/// <summary>
/// What is known to be seen otherwise: in files with the reader, the messages (several separated by blanks), the field, and the reason,
/// which in <c>known.tsv</c> is a row of <c>docs/readers.md</c>.
/// </summary>
internal static class KnownDifferences
{
    public static IReadOnlyList<(string Reader, string Message, string Field, string Reason)> Read(string file) =>
    [
        .. from line in File.ReadLines(Path.Combine(Repository.Project, file))
           where line.Length > 0 && line[0] != '#'
           let columns = line.Split('\t')
           from message in columns[1].Split(' ')
           select (columns[0], message, columns[2], columns[3]),
    ];

    /// <summary>Fails if a difference is not known, or if a known one is gone.</summary>
    public static void Check(string file, string reader, IReadOnlyCollection<Difference> differences)
    {
        var known = Read(file).Where(d => d.Reader == reader).Select(d => $"{d.Reader}\t{d.Message}\t{d.Field}").ToHashSet();
        var added = differences.Where(d => !known.Contains(d.Key)).Select(d => d.ToString());
        var gone = known.Except(differences.Select(d => d.Key)).Select(key => $"{key}\n    no longer differs");
        var news = added.Concat(gone).ToList();
        Assert.True(news.Count == 0, string.Join('\n', news));
    }
}
