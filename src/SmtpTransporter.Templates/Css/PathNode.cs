using System.Collections.Concurrent;

namespace SmtpTransport.Templates;

/// <summary>
/// An element as its selectors see it: its name, its attributes and its ancestors. Its style is computed once, in whatever email and as
/// often as it comes.
/// </summary>
internal sealed class PathNode(string? style)
{
    private readonly ConcurrentDictionary<string, PathNode> _children = new(StringComparer.Ordinal);

    /// <summary>The value of its <c>style</c> attribute; null if no rule applies to it.</summary>
    public string? Style { get; } = style;

    public PathNode? Find(ReadOnlySpan<char> key) =>
#if NET9_0_OR_GREATER
        _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var node) ? node : null;
#else
        _children.GetValueOrDefault(key.ToString());
#endif

    /// <returns>The node, and whether it is new.</returns>
    public (PathNode Node, bool IsNew) Add(string key, string? style)
    {
        var added = new PathNode(style);
        var node = _children.GetOrAdd(key, added);
        return (node, ReferenceEquals(node, added));
    }
}
