using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers.CodeFixes;

/// <summary>SMTP003: declares the transporter with <c>using</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
internal sealed class UsingFixProvider : CodeFixProvider
{
    private const string Title = "Declare the transporter with 'using'";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(UndisposedTransporterAnalyzer.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken);
        if (root?.FindNode(context.Span).FirstAncestorOrSelf<StatementSyntax>() is not LocalDeclarationStatementSyntax declaration)
            return;
        context.RegisterCodeFix(
            CodeAction.Create(Title, _ => Task.FromResult(Fix(context.Document, root, declaration)), nameof(UsingFixProvider)),
            context.Diagnostics);
    }

    private static Document Fix(Document document, SyntaxNode root, LocalDeclarationStatementSyntax declaration)
    {
        var keyword = SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithLeadingTrivia(declaration.GetLeadingTrivia())
            .WithTrailingTrivia(SyntaxFactory.Space);
        return document.WithSyntaxRoot(root.ReplaceNode(declaration, declaration.WithoutLeadingTrivia().WithUsingKeyword(keyword)));
    }
}
