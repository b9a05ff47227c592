namespace SmtpTransport.Templates;

/// <summary>A rule of a style sheet: selectors or an at-rule, and its block; null for a statement such as <c>@import</c>.</summary>
internal readonly record struct CssRule(string Prelude, string? Block)
{
    private static readonly string[] Conditions = ["@media", "@supports", "@container", "@layer"];

    public bool IsAtRule => Prelude.StartsWith('@');

    /// <summary>An at-rule whose block has rules of its own for elements.</summary>
    public bool IsCondition
    {
        get
        {
            var prelude = Prelude;
            return Array.Exists(Conditions, name => prelude.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        }
    }

    public static IEnumerable<CssRule> ReadAll(string css)
    {
        for (var start = 0; start < css.Length;)
        {
            var end = CssReader.Find(css, start, "{;}");
            var prelude = css[start..end].Trim();
            if (end < css.Length && css[end] == '{')
            {
                var close = CssReader.FindClose(css, end);
                yield return new CssRule(prelude, css[(end + 1)..close].Trim());
                end = close;
            }
            else if (prelude.StartsWith('@'))
                yield return new CssRule(prelude, null);
            start = end + 1;
        }
    }
}
