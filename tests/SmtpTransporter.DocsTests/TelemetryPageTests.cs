using System.Text.RegularExpressions;
using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>The telemetry page has the names of the code: spans, attributes and metrics.</summary>
public partial class TelemetryPageTests
{
    private static readonly IReadOnlyList<string> Emitted =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => NameInCode().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .Where(n => !n.EndsWith(".com", StringComparison.Ordinal))
            .Distinct(),
    ];

    private static readonly IReadOnlyList<string> Documented =
        [.. NameInPage().Matches(Repository.Read("docs/telemetry.md")).Select(m => m.Groups[1].Value).Distinct()];

    [Fact]
    public void Every_emitted_name_is_documented()
    {
        Assert.NotEmpty(Emitted);
        Assert.Empty(Emitted.Except(Documented));
    }

    [Fact]
    public void Every_documented_name_is_emitted() =>
        Assert.Empty(Documented.Where(
            n => n.StartsWith("smtp.", StringComparison.Ordinal) || n.StartsWith("smtp ", StringComparison.Ordinal)).Except(Emitted));

    [GeneratedRegex(@"""((?:smtp|tls|server|network|error)[ .][a-z_. ]+)""")]
    private static partial Regex NameInCode();

    [GeneratedRegex("`([a-z_. ]+)`")]
    private static partial Regex NameInPage();
}
