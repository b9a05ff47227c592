using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>The README stays short, the lists are complete, and the samples are shown as they are.</summary>
public class DocumentTests
{
    [Fact]
    public void README_has_at_most_200_lines() => Assert.InRange(MarkdownDocument.Load("README.md").LineCount, 1, 200);

    [Fact]
    public void First_snippet_of_the_README_has_at_most_ten_lines()
    {
        var first = MarkdownDocument.Load("README.md").Snippets[0];

        Assert.InRange(first.Code.TrimEnd().Split('\n').Length, 1, 10);
    }

    [Fact]
    public void Index_lists_every_page()
    {
        var pages = Repository.Documents.Where(f => f.StartsWith("docs/", StringComparison.Ordinal) && f != "docs/README.md").ToList();
        var index = MarkdownDocument.Load("docs/README.md").Links.Select(l => l.Target.Split('#')[0]);

        Assert.NotEmpty(pages);
        Assert.Equal(pages, index.Distinct().Order(StringComparer.Ordinal).Where(
            t => !t.StartsWith("..", StringComparison.Ordinal)).Select(t => "docs/" + t));
    }

    [Fact]
    public void Architecture_page_links_to_every_room()
    {
        var rooms = Directory.EnumerateDirectories(
            Repository.PathOf("src/SmtpTransporter")).Select(f => Path.GetFileName(f)).Except(["bin", "obj"]);
        var links = MarkdownDocument.Load("docs/architecture.md").Links.Select(l => l.Target).ToList();

        Assert.All(rooms, room => Assert.Contains($"../src/SmtpTransporter/{room}/", links));
    }

    [Fact]
    public void Samples_are_all_listed()
    {
        var samples = Directory.EnumerateFiles(Repository.PathOf("samples"), "*.csproj", SearchOption.AllDirectories)
            .Select(f => Path.GetFileNameWithoutExtension(f));
        var list = Repository.Read("samples/README.md");

        Assert.All(samples, name => Assert.Contains($"[{name}]({name}/)", list, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("moq")]
    [InlineData("fake")]
    [InlineData("server")]
    public void Testing_page_shows_the_sample_as_it_is(string name)
    {
        var source = Repository.Read("samples/TestingYourCode/WelcomeTests.cs");
        var from = source.IndexOf($"// <{name}>", StringComparison.Ordinal) + name.Length + 5;
        var lines = source[from..source.IndexOf($"// </{name}>", StringComparison.Ordinal)].Trim('\n', ' ').Split('\n');
        var snippet = string.Join("\n", lines.Select(l => l.StartsWith("    ", StringComparison.Ordinal) ? l[4..] : l));

        Assert.True(snippet.Split('\n').Length <= 11, "ten lines, and one between them");
        Assert.Contains(snippet, Repository.Read("docs/testing.md"), StringComparison.Ordinal);
    }
}
