namespace SmtpTransport.Templates;

/// <summary>
/// What one rule says about a property: usually one declaration, or several of which a reader takes the last that it understands, such as
/// <c>background: #fff; background: rgba(0, 0, 0, .1)</c>. They stay together.
/// </summary>
internal sealed record CssDeclaration(string Property, string Text, bool IsImportant)
{
    private const string Important = "!important";

    /// <summary>The declarations of a block or of a <c>style</c> attribute, by property.</summary>
    public static List<CssDeclaration> ReadAll(string block)
    {
        var all = new List<CssDeclaration>();
        foreach (var text in CssReader.Split(block, ';'))
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && colon < text.Length - 1)
                Add(all, Read(text[..colon].TrimEnd(), text[(colon + 1)..].Trim()));
        }
        return all;
    }

    /// <summary>Adds a declaration over those that are there: the later one counts, unless only the earlier one is important.</summary>
    public static void Override(List<CssDeclaration> all, CssDeclaration next)
    {
        var at = IndexOf(all, next);
        if (at >= 0 && all[at].IsImportant && !next.IsImportant)
            return;
        if (at >= 0)
            all.RemoveAt(at);
        // At the end, so that a shorthand and its parts keep their order.
        all.Add(next);
    }

    /// <summary>The same, stronger than a declaration in an attribute.</summary>
    public string ToImportantText() => IsImportant ? Text : string.Join(
        ";", CssReader.Split(Text, ';').Select(declaration => $"{declaration} {Important}"));

    private static CssDeclaration Read(string property, string value)
    {
        var mark = value.LastIndexOf('!');
        var isImportant = mark >= 0 && value[(mark + 1)..].Trim().Equals("important", StringComparison.OrdinalIgnoreCase);
        return isImportant
            ? new CssDeclaration(property, $"{property}: {value[..mark].TrimEnd()} {Important}", true)
            : new CssDeclaration(property, $"{property}: {value}", false);
    }

    private static void Add(List<CssDeclaration> all, CssDeclaration next)
    {
        var at = IndexOf(all, next);
        if (at < 0 || all[at].IsImportant != next.IsImportant)
        {
            Override(all, next);
            return;
        }
        var both = all[at].Text == next.Text ? next : next with { Text = $"{all[at].Text}; {next.Text}" };
        all.RemoveAt(at);
        all.Add(both);
    }

    private static int IndexOf(List<CssDeclaration> all, CssDeclaration declaration) =>
        all.FindIndex(d => d.Property.Equals(declaration.Property, StringComparison.OrdinalIgnoreCase));
}
