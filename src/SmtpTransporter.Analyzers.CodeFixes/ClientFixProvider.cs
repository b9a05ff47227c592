using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;

namespace SmtpTransport.Analyzers.CodeFixes;

/// <summary>SMTP010, SMTP011: replaces a client of System.Net.Mail or MailKit with a transporter.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
internal sealed class ClientFixProvider : CodeFixProvider
{
    private const string Title = "Send with SmtpTransporter";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds =>
        ImmutableArray.Create(NetMailClientAnalyzer.Id, MailKitClientAnalyzer.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var diagnostic = context.Diagnostics[0];
        context.RegisterCodeFix(
            CodeAction.Create(Title, token => FixAsync(context.Document, diagnostic, token), diagnostic.Id), diagnostic);
        return Task.CompletedTask;
    }

    private static async Task<Document> FixAsync(Document document, Diagnostic diagnostic, CancellationToken cancellationToken)
    {
        var editor = await DocumentEditor.CreateAsync(document, cancellationToken);
        var creation = editor.OriginalRoot.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)
            .FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>();
        if (creation is null || ClientReader.DeclarationOf(creation) is not { } declaration)
            return document;
        var read = new ClientConversion(creation, declaration);
        ClientReader reader = diagnostic.Id == NetMailClientAnalyzer.Id
            ? new NetMailClientReader(editor.SemanticModel, read, cancellationToken)
            : new MailKitClientReader(editor.SemanticModel, read, cancellationToken);
        if (reader.Read() is not { } conversion)
            return document;
        var names = new TypeNames(editor.SemanticModel, creation.SpanStart);
        editor.ReplaceNode(creation, Transporter(conversion, names).WithTriviaFrom(creation));
        if (!declaration.Type.IsVar)
            editor.ReplaceNode(declaration.Type, TypeOf("SmtpTransporter", names).WithTriviaFrom(declaration.Type));
        foreach (var send in conversion.Sends)
            ReplaceSend(send, editor, names);
        foreach (var statement in conversion.Removed)
            editor.RemoveNode(statement.Parent is GlobalStatementSyntax global ? global : statement, SyntaxRemoveOptions.KeepNoTrivia);
        return document.WithSyntaxRoot(names.Import((CompilationUnitSyntax)editor.GetChangedRoot()));
    }

    private static ObjectCreationExpressionSyntax Transporter(ClientConversion conversion, TypeNames names)
    {
        var options = conversion.Options.ConvertAll(o => (o.Name, Shortened(o.Value, names)));
        var server = SyntaxFactory.ObjectCreationExpression(TypeOf("ServerOptions", names)).WithInitializer(Initializer(options));
        var arguments = SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(server)));
        return SyntaxFactory.ObjectCreationExpression(TypeOf("SmtpTransporter", names)).WithArgumentList(arguments)
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    private static ExpressionSyntax Shortened(ExpressionSyntax value, TypeNames names)
    {
        const string time = "System.TimeSpan.";
        var text = value.ToString();
        return text.StartsWith(time, StringComparison.Ordinal)
            ? SyntaxFactory.ParseExpression($"{names.Of("System", "TimeSpan")}.{text.Substring(time.Length)}")
            : value;
    }

    private static TypeSyntax TypeOf(string name, TypeNames names) => SyntaxFactory.ParseTypeName(names.Of("SmtpTransport", name));

    // A line for each member, unless there are few.
    private static InitializerExpressionSyntax Initializer(List<(string Name, ExpressionSyntax Value)> members, int perLine = 2)
    {
        var isLong = members.Count > perLine;
        SyntaxTrivia[] end = isLong ? [SyntaxFactory.ElasticCarriageReturnLineFeed] : [SyntaxFactory.Space];
        var items = members.Select(m => SyntaxFactory.AssignmentExpression(
            SyntaxKind.SimpleAssignmentExpression, SyntaxFactory.IdentifierName(m.Name), m.Value));
        var comma = SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(end);
        var commas = Enumerable.Repeat(comma, isLong ? members.Count : members.Count - 1);
        var list = SyntaxFactory.SeparatedList<ExpressionSyntax>(items, commas);
        return SyntaxFactory.InitializerExpression(SyntaxKind.ObjectInitializerExpression, list)
            .WithOpenBraceToken(SyntaxFactory.Token(SyntaxKind.OpenBraceToken).WithTrailingTrivia(end))
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    // The method's callers expect an exception if the email was not sent.
    private static void ReplaceSend(InvocationExpressionSyntax send, DocumentEditor editor, TypeNames names)
    {
        var member = (MemberAccessExpressionSyntax)send.Expression;
        var isAsync = member.Name.Identifier.ValueText != "Send";
        ExpressionSyntax sent = send.WithoutTrivia()
            .WithExpression(member.WithoutTrivia().WithName(SyntaxFactory.IdentifierName(isAsync ? "SendAsync" : "Send")))
            .WithArgumentList(SyntaxFactory.ArgumentList(SyntaxFactory.SeparatedList(Arguments(send, editor, names))));
        var whole = (ExpressionSyntax)send;
        if (isAsync)
        {
            whole = send.FirstAncestorOrSelf<AwaitExpressionSyntax>()!;
            var isConfigured = send.Parent is MemberAccessExpressionSyntax;
            if (isConfigured)
                sent = ((InvocationExpressionSyntax)send.Parent!.Parent!).ReplaceNode(send, sent).WithoutTrivia();
            sent = SyntaxFactory.ParenthesizedExpression(SyntaxFactory.AwaitExpression(sent));
        }
        var ensured = SyntaxFactory.InvocationExpression(SyntaxFactory.MemberAccessExpression(
            SyntaxKind.SimpleMemberAccessExpression, sent, SyntaxFactory.IdentifierName("EnsureSuccess")));
        editor.ReplaceNode(whole, ensured.WithTriviaFrom(whole).WithAdditionalAnnotations(Formatter.Annotation));
    }

    private static IEnumerable<ArgumentSyntax> Arguments(InvocationExpressionSyntax send, DocumentEditor editor, TypeNames names)
    {
        var method = (IMethodSymbol)editor.SemanticModel.GetSymbolInfo(send).Symbol!;
        var isNetMail = method.ContainingType.ToDisplayString() == NetMailClientReader.ClientType;
        var given = send.ArgumentList.Arguments
            .Select((a, i) => (Name: a.NameColon?.Name.Identifier.ValueText ?? method.Parameters[i].Name, Argument: a))
            .ToDictionary(a => a.Name, a => a.Argument);
        if (given.TryGetValue("message", out var message))
            yield return isNetMail ? SyntaxFactory.Argument(Converted(message.Expression, names)) : message;
        else
            yield return SyntaxFactory.Argument(SyntaxFactory.ObjectCreationExpression(TypeOf("Email", names)).WithInitializer(Initializer(
            [
                ("From", given["from"].Expression.WithoutTrivia()), ("To", given["recipients"].Expression.WithoutTrivia()),
                ("Subject", given["subject"].Expression.WithoutTrivia()), ("TextBody", given["body"].Expression.WithoutTrivia()),
            ], perLine: 4)));
        if (given.TryGetValue("cancellationToken", out var token))
            yield return token;
    }

    private static InvocationExpressionSyntax Converted(ExpressionSyntax message, TypeNames names)
    {
        var convert = SyntaxFactory.ParseExpression($"{names.Of("MimeKit", "MimeMessage")}.CreateFromMailMessage");
        return SyntaxFactory.InvocationExpression(convert, SyntaxFactory.ArgumentList(
            SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(message.WithoutTrivia()))));
    }
}
