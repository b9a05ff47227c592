namespace SmtpTransport;

/// <summary>Finds the names that someone may have meant.</summary>
internal static class NearNames
{
    private const int MaxNames = 3;

    /// <summary>A question that proposes the nearest names, such as <c>. Is it "Host"?</c>; a list of all if none is near.</summary>
    public static string Ask(string given, IEnumerable<string> names)
    {
        var all = names.ToList();
        var near = Of(given, all);
        return near.Count > 0
            ? $". Is it {string.Join(" or ", near.Select(n => $"\"{n}\""))}?"
            : $"; known are {string.Join(", ", all.Order(StringComparer.OrdinalIgnoreCase))}";
    }

    /// <summary>
    /// Names that contain the given one, or are part of it, and names that differ from it by up to two letters; the nearest first.
    /// </summary>
    public static IReadOnlyList<string> Of(string given, IEnumerable<string> names)
    {
        var text = given.ToLowerInvariant();
        return [.. names.Select(name => (Name: name, Distance: Distance(text, name.ToLowerInvariant())))
            .Where(n => n.Distance <= Math.Min(2, text.Length / 2) || IsPart(text, n.Name.ToLowerInvariant()))
            .OrderBy(n => n.Distance).ThenBy(n => n.Name, StringComparer.Ordinal)
            .Select(n => n.Name).Take(MaxNames)];
    }

    private static bool IsPart(string text, string name) =>
        text.Length >= 3
        && (name.Contains(text, StringComparison.Ordinal) || (name.Length >= 3 && text.Contains(name, StringComparison.Ordinal)));

    // Levenshtein's, by rows.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
            {
                var replaced = diagonal + (left[i] == right[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }
        return row[^1];
    }
}
