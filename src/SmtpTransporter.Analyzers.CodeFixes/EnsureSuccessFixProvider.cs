using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers.CodeFixes;

/// <summary>SMTP001: throws if the email was not sent.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
internal sealed class EnsureSuccessFixProvider : CodeFixProvider
{
    private const string Title = "Throw if the email was not sent (EnsureSuccess)";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(DroppedResultAnalyzer.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken);
        // A task that no one awaits has no result yet.
        var sent = root?.FindNode(context.Span, getInnermostNodeForTie: true) as ExpressionSyntax;
        if (sent is not AwaitExpressionSyntax
            and not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Send" } })
            return;
        context.RegisterCodeFix(
            CodeAction.Create(Title, token => FixAsync(context.Document, sent, token), nameof(EnsureSuccessFixProvider)),
            context.Diagnostics);
    }

    private static async Task<Document> FixAsync(Document document, ExpressionSyntax sent, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken);
        var bare = sent.WithoutTrivia();
        var ensured = SyntaxFactory.InvocationExpression(SyntaxFactory.MemberAccessExpression(
            SyntaxKind.SimpleMemberAccessExpression, bare is AwaitExpressionSyntax ? SyntaxFactory.ParenthesizedExpression(bare) : bare,
            SyntaxFactory.IdentifierName("EnsureSuccess")));
        return document.WithSyntaxRoot(root!.ReplaceNode(sent, ensured.WithTriviaFrom(sent)));
    }
}
