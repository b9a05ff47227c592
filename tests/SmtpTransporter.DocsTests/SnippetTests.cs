using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>Every C# block of the documents compiles.</summary>
public class SnippetTests
{
    public static TheoryData<string, int> Snippets =>
        new(Repository.Documents.SelectMany(f => MarkdownDocument.Load(f).Snippets).Select(s => (s.File, s.Line)));

    [Theory]
    [MemberData(nameof(Snippets))]
    public void Snippet_compiles(string file, int line)
    {
        var snippet = MarkdownDocument.Load(file).Snippets.Single(s => s.Line == line);

        var problems = SnippetCompiler.Compile(snippet);

        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }
}
