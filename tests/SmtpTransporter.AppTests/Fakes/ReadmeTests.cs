using Xunit;

namespace SmtpTransport.AppTests.Fakes;

/// <summary>What the README shows of the samples is what they are.</summary>
public class ReadmeTests
{
    [Theory]
    [InlineData("moq")]
    [InlineData("fake")]
    [InlineData("server")]
    public void The_README_shows_them_as_they_are(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "SmtpTransporter.sln")))
            root = root.Parent!;
        var source = File.ReadAllText(Path.Combine(root.FullName, "samples/TestingYourCode/WelcomeTests.cs"));
        var from = source.IndexOf($"// <{name}>", StringComparison.Ordinal) + name.Length + 5;
        var lines = source[from..source.IndexOf($"// </{name}>", StringComparison.Ordinal)].Trim('\r', '\n', ' ').Split('\n');
        var snippet = string.Join("\n", lines.Select(l => l.StartsWith("    ", StringComparison.Ordinal) ? l[4..] : l));

        Assert.True(snippet.Split('\n').Length <= 11, "ten lines, and one between them");
        Assert.Contains(snippet, File.ReadAllText(Path.Combine(root.FullName, "README.md")), StringComparison.Ordinal);
    }
}
