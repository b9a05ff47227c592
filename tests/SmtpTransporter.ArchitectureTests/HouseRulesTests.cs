using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.ArchitectureTests;

public sealed partial class HouseRulesTests
{
    private const int MaxLines = 400;
    private const int MaxLineLength = 140;
    private const int MaxMedianLines = 65;

    private static readonly string[] LeftoverFolders = ["Utils", "Utilities", "Helpers", "Common", "Misc", "Shared"];

    private static IEnumerable<string> AllFiles =>
        SourceTree.FilesIn("src").Concat(SourceTree.FilesIn("tests")).Concat(SourceTree.FilesIn("samples"));

    [Fact]
    public void No_namespace_is_named_as_the_class()
    {
        // One such type, even an internal one, and `new SmtpTransporter(…)` no longer compiles where it is used (CS0118).
        var types = typeof(SmtpTransporter).Assembly.GetTypes().Concat(typeof(SmtpTestServer).Assembly.GetTypes()).ToList();

        Assert.NotEmpty(types);
        Assert.DoesNotContain(
            types,
            t => t.Namespace is { } name && (name == "SmtpTransporter" || name.StartsWith("SmtpTransporter.", StringComparison.Ordinal)));
        Assert.All(types.Where(t => t.IsPublic), t => Assert.StartsWith("SmtpTransport", t.Namespace, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_has_at_most_400_lines_and_half_of_them_at_most_65()
    {
        var lines = SourceTree.FilesIn("src", "SmtpTransporter").Select(f => File.ReadLines(f).Count()).Order().ToList();

        Assert.All(AllFiles, file => Assert.True(File.ReadLines(file).Count() <= MaxLines, SourceTree.Relative(file)));
        Assert.InRange(lines[lines.Count / 2], 1, MaxMedianLines);
    }

    [Fact]
    public void A_file_has_one_type_and_its_name() => Assert.All(SourceTree.FilesIn("src"), file =>
    {
        var types = SourceTree.TypesOf(SourceTree.Parse(file));
        var names = types.Select(
            t => t is BaseTypeDeclarationSyntax type ? type.Identifier.Text : ((DelegateDeclarationSyntax)t).Identifier.Text).ToList();

        // A part of a type has the type's name and its own behind a dot.
        Assert.True(
            names.Count == 0 || names is [var name] && Path.GetFileName(file).Split('.')[0] == name,
            $"{SourceTree.Relative(file)}: {string.Join(", ", names)}");
    });

    [Fact]
    public void A_line_has_at_most_140_characters()
    {
        var tooLong = AllFiles.SelectMany(file => File.ReadLines(file).Select((line, i) => (file, line, i)))
            .Where(l => l.line.Length > MaxLineLength).Select(l => $"{SourceTree.Relative(l.file)}:{l.i + 1}").ToList();

        Assert.True(tooLong.Count == 0, string.Join('\n', tooLong));
    }

    [Fact]
    public void No_folder_is_a_drawer_for_leftovers() =>
        Assert.DoesNotContain(AllFiles, file => SourceTree.Relative(file).Split('/').Any(part => LeftoverFolders.Contains(part)));

    [Fact]
    public void Canceled_and_authorization_are_spelled_as_in_dotnet() => Assert.All(
        AllFiles.Where(f => Path.GetFileName(f) != "HouseRulesTests.cs"),
        file => Assert.False(
            British().IsMatch(File.ReadAllText(file)), $"{SourceTree.Relative(file)}: {British().Match(File.ReadAllText(file))}"));

    [Fact]
    public void Email_is_counted_and_mail_is_not() => Assert.All(
        AllFiles.Where(f => Path.GetFileName(f) != "HouseRulesTests.cs"),
        file => Assert.False(
            CountedMail().IsMatch(File.ReadAllText(file)), $"{SourceTree.Relative(file)}: {CountedMail().Match(File.ReadAllText(file))}"));

    [GeneratedRegex("[Cc]ancelled|[Cc]ancelling|[Aa]uthoris|[Cc]atalogue|[Rr]ecognis|[Ss]erialis|[Nn]ormalis")]
    private static partial Regex British();

    [GeneratedRegex(
        @"\b(?:[Aa]|[Tt]he|[Ee]ach|[Ee]very|[Nn]o|[Oo]ne|[Tt]his|[Aa]nother) mails?\b"
        + "(?! (?:server|client|transaction|object|merge|transport|exchange))")]
    private static partial Regex CountedMail();
}
