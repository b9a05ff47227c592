using System.Text.RegularExpressions;

namespace SmtpTransport.DocsTests;

/// <summary>A document as the tests read it: its C# blocks, its headings and its links.</summary>
internal sealed partial class MarkdownDocument
{
    private readonly List<Snippet> _snippets = [];
    private readonly HashSet<string> _anchors = new(StringComparer.Ordinal);
    private readonly List<(int Line, string Target)> _links = [];

    private MarkdownDocument(string file, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        LineCount = text.EndsWith('\n') ? lines.Length - 1 : lines.Length;
        for (var i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is { Success: true } fence)
                i = ReadBlock(file, lines, i, fence.Groups[1].Value, fence.Groups[2].Value);
            else
                ReadText(lines[i], i + 1);
        }
    }

    public IReadOnlyList<Snippet> Snippets => _snippets;

    /// <summary>The anchors of the headings, as a forge makes them.</summary>
    public IReadOnlySet<string> Anchors => _anchors;

    public IReadOnlyList<(int Line, string Target)> Links => _links;

    public int LineCount { get; }

    public static MarkdownDocument Parse(string file, string text) => new(file, text);

    public static MarkdownDocument Load(string file) => new(file, Repository.Read(file));

    private int ReadBlock(string file, string[] lines, int start, string indent, string language)
    {
        var end = Array.FindIndex(lines, start + 1, l => l.Trim() == "```");
        if (end < 0)
            throw new FormatException($"{file}:{start + 1}: the block has no end.");
        if (language == "csharp")
        {
            var code = lines[(start + 1)..end].Select(l => l.StartsWith(indent, StringComparison.Ordinal) ? l[indent.Length..] : l);
            _snippets.Add(new Snippet(file, start + 2, string.Join('\n', code) + "\n"));
        }
        return end;
    }

    private void ReadText(string line, int number)
    {
        if (Heading().Match(line) is { Success: true } heading)
            AddAnchor(heading.Groups[1].Value);
        // What stands in backticks is code, even if it looks like a link.
        foreach (Match link in Link().Matches(Code().Replace(line, "")))
            _links.Add((number, link.Groups[1].Value));
    }

    private void AddAnchor(string heading)
    {
        var text = LinkText().Replace(heading, "$1").Trim();
#pragma warning disable CA1308 // Anchors are written in lower case.
        var anchor = NotInAnchors().Replace(text.ToLowerInvariant(), "").Replace(' ', '-');
#pragma warning restore CA1308
        var unique = anchor;
        for (var i = 1; !_anchors.Add(unique); i++)
            unique = $"{anchor}-{i}";
    }

    [GeneratedRegex(@"^(\s*)```(\w*)")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#{1,6} (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}
