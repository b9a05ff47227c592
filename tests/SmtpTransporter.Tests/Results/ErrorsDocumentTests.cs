using System.Globalization;
using System.Text.Json;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>docs/errors.md has every explanation of a failure without a reply, word for word.</summary>
public sealed class ErrorsDocumentTests
{
    [Fact]
    public void The_document_lists_every_explanation_in_the_words_of_the_catalog()
    {
        using var stream = typeof(SmtpError).Assembly.GetManifestResourceStream("refusals.json")!;
        using var json = JsonDocument.Parse(stream);
        var expected = json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("code").GetString()!)
            .Where(code => code.StartsWith("own.", StringComparison.Ordinal)).Select(RefusalCatalog.OfCode)
            .Select(e => $"{e.Code}: {e.Meaning} {e.Remedy}").Order(StringComparer.Ordinal);

        Assert.Equal(expected, Rows().Select(r => $"{r[0].Trim('`')}: {r[2]} {r[3]}").Order(StringComparer.Ordinal));
        Assert.All(Rows(), row => Assert.Contains(
            int.Parse(row[1], CultureInfo.InvariantCulture),
            typeof(SmtpErrorCodes).GetFields().Select(f => (int)f.GetRawConstantValue()!)));
    }

    private static List<string[]> Rows()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent!;
        return [.. File.ReadLines(Path.Combine(folder.FullName, "docs", "errors.md"))
            .Where(line => line.StartsWith("| `own.", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "))];
    }
}
