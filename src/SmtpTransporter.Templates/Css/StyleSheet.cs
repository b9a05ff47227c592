using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Css.Dom;
using AngleSharp.Css.Parser;
using AngleSharp.Dom;

namespace SmtpTransport.Templates;

/// <summary>The CSS of a document's style elements: what is written into attributes, what stays, and what was already computed.</summary>
internal sealed partial class StyleSheet
{
    /// <summary>How many elements, and how many whole documents, are remembered before it starts anew.</summary>
    private const int MaxNodes = 20_000;
    private const int MaxDocuments = 500;

    private static readonly HashSet<string> PseudoClasses = new(StringComparer.OrdinalIgnoreCase)
    {
        "first-child", "first-of-type", "is", "last-child", "last-of-type", "not", "nth-child", "nth-last-child", "nth-last-of-type",
        "nth-of-type", "only-child", "only-of-type", "root", "where",
    };

    private static readonly CssSelectorParser SelectorParser = new();

    private readonly List<StyleRule> _rules = [];
    private readonly HashSet<string> _attributes = new(StringComparer.OrdinalIgnoreCase) { "class", "id", "style" };
    private readonly ConcurrentDictionary<string, string?[]> _documents = new(StringComparer.Ordinal);
    private int _nodes;

    public StyleSheet(IEnumerable<string> styleElements) => Kept = [.. styleElements.Select(css => Read(CssReader.WithoutComments(css)))];

    /// <summary>What remains of each style element, such as media queries; empty if nothing does.</summary>
    public IReadOnlyList<string> Kept { get; }

    /// <summary>Whether a rule may hide text, so that the text body must know of it.</summary>
    public bool MayHide { get; private set; }

    /// <summary>Whether a selector looks at the elements beside an element, and not only at those around it.</summary>
    public bool LooksSideways { get; private set; }

    /// <summary>The elements by their ancestors.</summary>
    public PathNode Root { get; private set; } = new(null);

    /// <summary>Whether a selector can depend on an attribute.</summary>
    public bool Uses(ReadOnlySpan<char> attribute)
    {
        foreach (var used in _attributes)
        {
            if (attribute.Equals(used, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    public string?[]? FindDocument(string structure) => _documents.GetValueOrDefault(structure);

    public void AddDocument(string structure, string?[] styles)
    {
        // A document whose attributes differ in each email must not fill the memory.
        if (_documents.Count >= MaxDocuments)
            _documents.Clear();
        _documents[structure] = styles;
    }

    public PathNode AddNode(PathNode parent, string key, string? style)
    {
        var (node, isNew) = parent.Add(key, style);
        if (isNew && Interlocked.Increment(ref _nodes) > MaxNodes)
        {
            Interlocked.Exchange(ref _nodes, 0);
            Root = new PathNode(null);
        }
        return node;
    }

    /// <returns>The value of the <c>style</c> attribute by the cascade (CSS Cascading, section 6); null if no rule applies.</returns>
    public string? Compute(IElement element)
    {
        var matching = _rules.Where(r => r.Selector.Match(element, null)).OrderBy(r => r.Selector.Specificity)
            .SelectMany(r => r.Declarations).ToList();
        if (matching.Count == 0)
            return null;
        var result = new List<CssDeclaration>();
        foreach (var declaration in matching.Concat(CssDeclaration.ReadAll(element.GetAttribute("style") ?? "")))
            CssDeclaration.Override(result, declaration);
        return string.Join("; ", result.Select(d => d.Text));
    }

    /// <returns>What of the CSS stays in its style element.</returns>
    private string Read(string css)
    {
        var kept = new StringBuilder();
        foreach (var rule in CssRule.ReadAll(css))
        {
            if (rule.Block is null)
                Keep(kept, rule.Prelude.StartsWith("@charset", StringComparison.OrdinalIgnoreCase) ? "" : $"{rule.Prelude};");
            else if (rule.IsCondition)
                Keep(kept, $"{rule.Prelude} {{ {KeepAll(rule.Block)} }}");
            else if (rule.IsAtRule || rule.Block.Contains('{', StringComparison.Ordinal))
                Keep(kept, $"{rule.Prelude} {{ {rule.Block} }}");
            else
                ReadRule(rule, kept);
        }
        return kept.ToString();
    }

    private void ReadRule(CssRule rule, StringBuilder kept)
    {
        var declarations = CssDeclaration.ReadAll(rule.Block!);
        var left = new List<string>();
        foreach (var text in CssReader.Split(rule.Prelude, ','))
        {
            if (TryRead(text) is not { } selector)
                left.Add(text);
            else
            {
                _rules.Add(new StyleRule(selector, declarations));
                MayHide |= declarations.Exists(d => Hiding().IsMatch(d.Text));
            }
        }
        if (left.Count > 0)
            Keep(kept, $"{string.Join(", ", left)} {{ {Strong(declarations)} }}");
    }

    /// <summary>The rules for a condition, stronger than the attributes, which would win over them otherwise.</summary>
    private static string KeepAll(string css) => string.Join(" ", CssRule.ReadAll(css).Select(rule =>
        rule.Block is null ? $"{rule.Prelude};"
        : rule.IsCondition ? $"{rule.Prelude} {{ {KeepAll(rule.Block)} }}"
        : rule.IsAtRule || rule.Block.Contains('{', StringComparison.Ordinal) ? $"{rule.Prelude} {{ {rule.Block} }}"
        : $"{rule.Prelude} {{ {Strong(CssDeclaration.ReadAll(rule.Block))} }}"));

    private static string Strong(IEnumerable<CssDeclaration> declarations) =>
        string.Join("; ", declarations.Select(d => d.ToImportantText()));

    private static void Keep(StringBuilder kept, string text) => kept.Append(kept.Length > 0 && text.Length > 0 ? "\n" : "").Append(text);

    /// <returns>Null for a selector that an attribute cannot express, such as one with <c>:hover</c>.</returns>
    private ISelector? TryRead(string text)
    {
        var outline = Brackets().Replace(text, "[]");
        if (PseudoNames().Matches(outline).Any(m => m.Length > 1 && !PseudoClasses.Contains(m.Groups["name"].Value)))
            return null;
        if (outline.Contains("::", StringComparison.Ordinal) || SelectorParser.ParseSelector(text) is not { } selector)
            return null;
        foreach (Match match in AttributeNames().Matches(text))
            _attributes.Add(match.Groups["name"].Value);
        LooksSideways |= Sideways().IsMatch(outline);
        return selector;
    }

    [GeneratedRegex("""\[(?>[^\]"']|"[^"]*"|'[^']*')*\]""", RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"(?<!\\):(?<name>[\w-]*)", RegexOptions.CultureInvariant)]
    private static partial Regex PseudoNames();

    [GeneratedRegex(@"\[\s*(?<name>[^\s=~|^$*\]]+)", RegexOptions.CultureInvariant)]
    private static partial Regex AttributeNames();

    [GeneratedRegex(@"\bdisplay: none|^(?:visibility|opacity|overflow)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Hiding();

    [GeneratedRegex(":(?:first|last|only|nth)-|[+~]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Sideways();
}
