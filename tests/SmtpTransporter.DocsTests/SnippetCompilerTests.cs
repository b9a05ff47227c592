using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>The compiler of the snippets finds what is wrong, and only that.</summary>
public class SnippetCompilerTests
{
    [Theory]
    [InlineData("var count = transporter.SentCount;", "CS1061")]
    [InlineData("SendResult failed = 5;", "CS0029")]
    [InlineData("using No.Such.Space;\nConsole.WriteLine(email);", "CS0246")]
    [InlineData("var options = new ServerOptions { Hots = \"localhost\" };", "CS0117")]
    [InlineData("Console.WriteLine(result", "CS1026")]
    [InlineData("string reason = (string?)null;", "CS8600")]
    public void Wrong_snippet_is_reported_with_its_document_and_line(string code, string expected)
    {
        var problems = SnippetCompiler.Compile(new Snippet("docs/page.md", 10, "// A comment.\n" + code + "\n"));

        Assert.Contains(
            problems, p => p.StartsWith("docs/page.md:1", StringComparison.Ordinal) && p.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Reported_line_is_that_of_the_document_and_is_shown()
    {
        var problem = Assert.Single(SnippetCompiler.Compile(new Snippet("README.md", 20, "var a = 1;\n\nvar b = missing;\n")));

        Assert.StartsWith("README.md:22: CS0103", problem, StringComparison.Ordinal);
        Assert.EndsWith("var b = missing;", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("var result = await transporter.SendAsync(email);\nConsole.WriteLine(result);")]
    [InlineData("using System.Text;\nvar text = new StringBuilder();\nrecord Order(int Number);")]
    [InlineData(
        "public sealed class Welcome(ISmtpTransporter transporter)\n{\n"
        + "    public Task SendAsync(Email email) => transporter.SendAsync(email);\n}")]
    [InlineData("using Xunit;\n\n[Fact]\npublic void It_works()\n{\n    Assert.True(true);\n}")]
    public void Statements_types_and_members_compile(string code) =>
        Assert.Empty(SnippetCompiler.Compile(new Snippet("docs/page.md", 1, code + "\n")));
}
