using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers.CodeFixes;

/// <summary>Writes the names of types as short as they can be at a place, and knows the directives that it takes.</summary>
internal sealed class TypeNames
{
    private readonly SemanticModel _model;
    private readonly int _position;
    private readonly SortedSet<string> _imports = new(StringComparer.Ordinal);

    public TypeNames(SemanticModel model, int position)
    {
        _model = model;
        _position = position;
    }

    /// <summary>The name of a type, with its namespace if another type has that name here.</summary>
    public string Of(string space, string name)
    {
        var visible = _model.LookupNamespacesAndTypes(_position, name: name);
        if (visible.Length == 1 && visible[0].ToDisplayString() == $"{space}.{name}")
            return name;
        if (!visible.IsEmpty || !(_imports.Contains(space) || CanImport(space, name)))
            return $"{space}.{name}";
        _imports.Add(space);
        return name;
    }

    /// <summary>Adds the directives that the names need.</summary>
    public CompilationUnitSyntax Import(CompilationUnitSyntax root)
    {
        // What the file had before: new lines become those of the file only later.
        var text = _model.SyntaxTree.GetText().ToString();
        var newLine = SyntaxFactory.EndOfLine(text.IndexOf("\r\n", StringComparison.Ordinal) >= 0 ? "\r\n" : "\n");
        foreach (var space in _imports)
        {
            var directive = SyntaxFactory.UsingDirective(SyntaxFactory.ParseName(space))
                .WithUsingKeyword(SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(SyntaxFactory.Space))
                .WithTrailingTrivia(newLine);
            var index = root.Usings.IndexOf(u => IsBehind(u, space));
            if (index < 0)
                index = root.Usings.Count;
            // What is above the first directive, such as a license, stays above.
            root = index > 0
                ? root.WithUsings(root.Usings.Insert(index, directive))
                : root.WithoutLeadingTrivia().WithUsings(root.WithoutLeadingTrivia().Usings.Insert(0, directive))
                    .WithLeadingTrivia(root.GetLeadingTrivia());
        }
        return root;
    }

    private static bool IsBehind(UsingDirectiveSyntax directive, string space) =>
        directive.Alias is not null
        || directive.StaticKeyword.RawKind != 0
        || (directive.Name?.ToString() is { } name
            && name != "System"
            && !name.StartsWith("System.", StringComparison.Ordinal)
            && string.CompareOrdinal(name, space) > 0);

    // A directive must not give another name of the file a second meaning.
    private bool CanImport(string space, string name)
    {
        var names = _model.Compilation.GetTypeByMetadataName($"{space}.{name}")?.ContainingNamespace.GetTypeMembers().Select(t => t.Name);
        var known = new HashSet<string>(names ?? []);
        return _model.SyntaxTree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>().All(
            n => !known.Contains(n.Identifier.ValueText)
                || _model.GetSymbolInfo(n).Symbol is not INamedTypeSymbol type
                || type.ContainingNamespace.ToDisplayString() == space);
    }
}
