using System.Text.RegularExpressions;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed partial class HouseRulesTests
{
    private static readonly string Root = FindRoot();

    // Not by CallerFilePath: a deterministic build writes another path there.
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run below the repository's root.");
    }

    private static IEnumerable<string> Sources => Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [Fact]
    public void No_namespace_is_named_as_the_class()
    {
        // One such type, even an internal one, and `new SmtpTransporter(…)` no longer compiles where it is used (CS0118).
        var types = typeof(SmtpTransporter).Assembly.GetTypes().Concat(typeof(SmtpTestServer).Assembly.GetTypes()).ToList();

        Assert.NotEmpty(types);
        Assert.DoesNotContain(types, t => t.Namespace is { } name && (name == "SmtpTransporter" || name.StartsWith("SmtpTransporter.", StringComparison.Ordinal)));
        Assert.All(types.Where(t => t.IsPublic), t => Assert.StartsWith("SmtpTransport", t.Namespace, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_has_one_public_type_and_at_most_400_lines()
    {
        Assert.NotEmpty(Sources);
        Assert.All(Sources, file =>
        {
            var text = File.ReadAllText(file);
            Assert.True(text.Count(c => c == '\n') <= 400, file);
            Assert.True(PublicType().Count(text) <= 1, file);
        });
    }

    [Fact]
    public void Tests_wait_for_events_and_not_for_time()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Root, "tests", "SmtpTransporter.Tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && Path.GetFileName(f) != "HouseRulesTests.cs");

        Assert.All(tests, file => Assert.DoesNotMatch(@"Task\.Delay\(|Thread\.Sleep\(", File.ReadAllText(file)));
    }

    [GeneratedRegex(@"^public (?:[a-z]+ )*(?:class|record|struct|enum|interface) ", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
