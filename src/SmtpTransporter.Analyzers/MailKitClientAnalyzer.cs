using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP011: a method sends with the client of MailKit, in a way that a transporter can take over.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class MailKitClientAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP011";

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "A MailKit client can be replaced",
        "This client of MailKit can be replaced with an SmtpTransporter",
        Category, DiagnosticSeverity.Hidden, true,
        "A transporter keeps its connections, has a time limit for the entire send, and returns the server's reply for each recipient.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override bool AppliesToTests => true;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) => context.RegisterSyntaxNodeAction(
        Analyze, SyntaxKind.ObjectCreationExpression, SyntaxKind.ImplicitObjectCreationExpression);

    private static void Analyze(SyntaxNodeAnalysisContext context)
    {
        var creation = (BaseObjectCreationExpressionSyntax)context.Node;
        if (ClientReader.DeclarationOf(creation) is { } declaration
            && context.SemanticModel.GetTypeInfo(creation, context.CancellationToken).Type?.ToDisplayString()
                == MailKitClientReader.ClientType
            && new MailKitClientReader(context.SemanticModel, new(creation, declaration), context.CancellationToken).Read() is not null)
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, creation.GetLocation()));
    }
}
