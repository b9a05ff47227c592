using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>Every relative link of the documents leads to a file, and to a heading if it names one.</summary>
public class LinkTests
{
    public static TheoryData<string> Documents => new(Repository.Documents);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Relative_links_have_targets(string file) => Assert.Empty(Broken(file, MarkdownDocument.Load(file)));

    [Theory]
    [InlineData("[a](no-such-page.md)")]
    [InlineData("[a](README.md#no-such-heading)")]
    [InlineData("[a](#no-such-heading)")]
    [InlineData("[a](no-such-folder/)")]
    public void Broken_link_is_found(string text) => Assert.Single(Broken("README.md", MarkdownDocument.Parse("README.md", text + "\n")));

    private static IReadOnlyList<string> Broken(string file, MarkdownDocument document) =>
        [.. document.Links.Where(
            l => !IsAbsolute(l.Target) && !Exists(file, document, l.Target)).Select(l => $"{file}:{l.Line}: {l.Target}")];

    private static bool IsAbsolute(string target) =>
        target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal);

    private static bool Exists(string file, MarkdownDocument document, string target)
    {
        var (path, anchor) = target.Split('#') is [var head, var tail] ? (head, tail) : (target, null);
        if (path.Length == 0)
            return document.Anchors.Contains(anchor!);
        var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(file))!, path));
        if (!File.Exists(full))
            return Directory.Exists(full) && anchor is null;
        return anchor is null || MarkdownDocument.Load(Path.GetRelativePath(Repository.Root, full)).Anchors.Contains(anchor);
    }
}
