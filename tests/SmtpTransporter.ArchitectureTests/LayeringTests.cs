using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace SmtpTransport.ArchitectureTests;

/// <summary>The rooms of the core, and which of them a room may use: an email flows one way, from its model to its result.</summary>
public sealed class LayeringTests
{
    private const string Core = "src/SmtpTransporter";
    private const string EntryPoint = "";

    // A room may use itself and those that are named here. docs/architecture.md explains the order.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Results"] = [],
        ["Email"] = ["Results"],
        ["Options"] = ["Results", "Email"],
        ["Mime"] = ["Results", "Email", "Options"],
        ["Signing"] = ["Results", "Email", "Options", "Mime"],
        ["Diagnostics"] = ["Results", "Email", "Options", "Mime"],
        ["Protocol"] = ["Results", "Email", "Options", "Mime", "Diagnostics"],
        ["Connection"] = ["Results", "Email", "Options", "Mime", "Diagnostics", "Protocol"],
        ["Outcomes"] = ["Results", "Email", "Options", "Mime", "Diagnostics", "Protocol", "Connection"],
        ["Delivery"] = ["Results", "Email", "Options", "Mime", "Signing", "Diagnostics", "Protocol", "Connection", "Outcomes"],
        [EntryPoint] = ["Results", "Email", "Options", "Mime", "Signing", "Diagnostics", "Protocol", "Connection", "Outcomes", "Delivery"],
    };

    // The model converts itself to MIME and JSON, and checks itself: a façade, in files of its own.
    private static readonly string[] Facades =
    [
        "Email/Email.cs", "Email/Email.Analyze.cs", "Email/Email.Helpers.cs", "Email/Email.Json.cs",
        "Email/Email.Merge.cs", "Email/Email.Mime.cs",
        "Email/StoredMessage.cs",
    ];

    private static readonly string[] MailKitUsers = [
        "Connection/", "Outcomes/FailureClassifier.cs", "Diagnostics/SmtpMetrics.cs", "SmtpTransporter.cs"];

    private readonly List<SyntaxTree> _trees = [.. SourceTree.FilesIn(Core).Select(SourceTree.Parse)];

    private static string NameOf(SyntaxTree tree) => SourceTree.Relative(tree.FilePath)[(Core.Length + 1)..];

    private static string RoomOf(SyntaxTree tree) => NameOf(tree).Split('/') is [var room, _, ..] ? room : EntryPoint;

    [Fact]
    public void Every_folder_of_the_core_is_a_room() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), _trees.Select(RoomOf).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void A_room_uses_only_the_rooms_that_it_may_use()
    {
        var wrong = ReferencesIn(_trees).Where(r => !IsAllowed(r)).Select(r => r.ToString()).Distinct().ToList();

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_wrong_reference_is_found()
    {
        var added = SourceTree.Parse(
            "namespace SmtpTransport; internal static class Wrong { public static int Size(ConnectionPool pool) => pool.InUse; }",
            Path.Combine(SourceTree.Root, Core, "Mime", "Wrong.cs"));

        var wrong = ReferencesIn([.. _trees, added]).Where(
            r => !IsAllowed(r) && r.From.EndsWith("Wrong.cs", StringComparison.Ordinal)).ToList();

        Assert.Equal("ConnectionPool", Assert.Single(wrong.DistinctBy(r => r.Type)).Type);
    }

    [Fact]
    public void MailKit_is_met_only_where_connections_are_made_and_failures_classified()
    {
        var compilation = SourceTree.Compile(_trees);
        var users = _trees.Where(
            tree => TypesUsedIn(tree, compilation).Any(t => t.Type.ContainingAssembly?.Name == "MailKit")).Select(NameOf);

        Assert.All(users, file => Assert.Contains(MailKitUsers, u => file.StartsWith(u, StringComparison.Ordinal)));
    }

    [Fact]
    public void Our_own_code_throws_no_exception_of_MailKit()
    {
        var compilation = SourceTree.Compile(_trees);
        var thrown = _trees.SelectMany(tree => SourceTree.NodesOf<BaseObjectCreationExpressionSyntax>(tree)
            .Where(c => compilation.GetSemanticModel(tree).GetTypeInfo(c).Type is { ContainingAssembly.Name: "MailKit" } type
                && type.Name.EndsWith("Exception", StringComparison.Ordinal))
            .Select(c => $"{NameOf(tree)}: {c}"));

        Assert.Empty(thrown);
    }

    private static bool IsAllowed(Reference reference) =>
        reference.FromRoom == reference.ToRoom
        || Allowed[reference.FromRoom].Contains(reference.ToRoom)
        || (reference.ToRoom is "Mime" or "Options" && Facades.Contains(reference.From));

    private static IEnumerable<Reference> ReferencesIn(List<SyntaxTree> trees)
    {
        var compilation = SourceTree.Compile(trees);
        return trees.SelectMany(tree => TypesUsedIn(tree, compilation)
            .Where(t => t.Type.DeclaringSyntaxReferences.Length > 0)
            .Select(t => new Reference(
                NameOf(tree), RoomOf(tree), HomeOf(t.Type), t.Type.Name, t.Line)));
    }

    /// <summary>The room of the file that has the type's name: a façade may hold a part of it.</summary>
    private static string HomeOf(INamedTypeSymbol type)
    {
        var trees = type.DeclaringSyntaxReferences.Select(r => r.SyntaxTree).ToList();
        return RoomOf(trees.Find(t => Path.GetFileNameWithoutExtension(t.FilePath) == type.Name) ?? trees[0]);
    }

    /// <summary>The types that a file names, and those whose members it uses.</summary>
    private static IEnumerable<(INamedTypeSymbol Type, int Line)> TypesUsedIn(SyntaxTree tree, CSharpCompilation compilation)
    {
        var model = compilation.GetSemanticModel(tree);
        foreach (var name in SourceTree.NodesOf<SimpleNameSyntax>(tree))
        {
            var info = model.GetSymbolInfo(name);
            var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
            var type = symbol as INamedTypeSymbol ?? (
                symbol is IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol ? symbol.ContainingType : null);
            while (type?.ContainingType is not null)
                type = type.ContainingType;
            if (type is not null)
                yield return (type.OriginalDefinition, name.GetLocation().GetLineSpan().StartLinePosition.Line + 1);
        }
    }

    private sealed record Reference(string From, string FromRoom, string ToRoom, string Type, int Line)
    {
        public override string ToString() => $"{From}:{Line} ({FromRoom}) uses {Type} ({ToRoom})";
    }
}
