using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>The reader of the documents finds what the other tests check.</summary>
public class MarkdownDocumentTests
{
    private const string Text = """
        # A page, and `Code` in it

        Words and a [link](other.md#part). `[no](link.md)`

        ```csharp
        var a = 1;
        ```

        ## Part

        ```json
        { "[x](y.md)": 1 }
        ```

        ## Part
        """;

    [Fact]
    public void Blocks_of_csharp_are_read_with_their_line()
    {
        var snippet = Assert.Single(MarkdownDocument.Parse("page.md", Text).Snippets);

        Assert.Equal(new Snippet("page.md", 6, "var a = 1;\n"), snippet);
    }

    [Fact]
    public void Headings_are_anchors() =>
        Assert.Equal(
            ["a-page-and-code-in-it", "part", "part-1"], MarkdownDocument.Parse("page.md", Text).Anchors.Order(StringComparer.Ordinal));

    [Fact]
    public void Links_outside_code_are_read()
    {
        var (line, target) = Assert.Single(MarkdownDocument.Parse("page.md", Text).Links);

        Assert.Equal((3, "other.md#part"), (line, target));
    }

    [Fact]
    public void Block_without_end_is_an_error() =>
        Assert.Throws<FormatException>(() => MarkdownDocument.Parse("page.md", "```csharp\nvar a = 1;\n"));
}
