using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers.CodeFixes;

/// <summary>SMTP006: encodes the text.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
internal sealed class HtmlEncodeFixProvider : CodeFixProvider
{
    private const string Title = "Encode with WebUtility.HtmlEncode";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(UnencodedHtmlAnalyzer.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        context.RegisterCodeFix(
            CodeAction.Create(Title, token => FixAsync(context, token), nameof(HtmlEncodeFixProvider)), context.Diagnostics);
        return Task.CompletedTask;
    }

    private static async Task<Document> FixAsync(CodeFixContext context, CancellationToken cancellationToken)
    {
        var root = await context.Document.GetSyntaxRootAsync(cancellationToken);
        if (root?.FindNode(context.Span, getInnermostNodeForTie: true) is not ExpressionSyntax text)
            return context.Document;
        var call = SyntaxFactory.InvocationExpression(
            SyntaxFactory.ParseExpression("System.Net.WebUtility.HtmlEncode"),
            SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(text.WithoutTrivia()))));
        return context.Document.WithSyntaxRoot(root.ReplaceNode(text, call.WithTriviaFrom(text)));
    }
}
