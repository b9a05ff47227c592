using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Simplification;

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
        var editor = await DocumentEditor.CreateAsync(context.Document, cancellationToken);
        if (editor.OriginalRoot.FindNode(context.Span, getInnermostNodeForTie: true) is not ExpressionSyntax text
            || editor.SemanticModel.Compilation.GetTypeByMetadataName("System.Net.WebUtility") is not { } encoder)
            return context.Document;
        var type = editor.Generator.TypeExpression(encoder).WithAdditionalAnnotations(Simplifier.Annotation);
        var call = editor.Generator.InvocationExpression(editor.Generator.MemberAccessExpression(type, "HtmlEncode"), text.WithoutTrivia());
        editor.ReplaceNode(text, call.WithTriviaFrom(text));
        return editor.GetChangedDocument();
    }
}
