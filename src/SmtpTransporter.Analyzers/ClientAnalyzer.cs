using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace SmtpTransport.Analyzers;

/// <summary>Finds methods that send with the client of another library, in a way that a transporter can take over.</summary>
internal abstract class ClientAnalyzer : SmtpAnalyzer
{
    /// <summary>Why a transporter, in each rule. The rules are hidden: they offer their fix, and do not complain.</summary>
    protected const string Reason =
        "A transporter keeps its connections, has a time limit for the entire send, and returns the server's reply for each recipient.";

    /// <inheritdoc/>
    protected sealed override bool AppliesToTests => true;

    /// <summary>The full name of the client's type.</summary>
    protected abstract string ClientType { get; }

    /// <summary>Creates what reads how a method uses its client.</summary>
    protected abstract ClientReader CreateReader(
        SemanticModel model, ClientConversion conversion, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected sealed override void Register(CompilationStartAnalysisContext context, SmtpTypes types) => context.RegisterSyntaxNodeAction(
        Analyze, SyntaxKind.ObjectCreationExpression, SyntaxKind.ImplicitObjectCreationExpression);

    private void Analyze(SyntaxNodeAnalysisContext context)
    {
        var creation = (BaseObjectCreationExpressionSyntax)context.Node;
        if (ClientReader.DeclarationOf(creation) is { } declaration
            && context.SemanticModel.GetTypeInfo(creation, context.CancellationToken).Type?.ToDisplayString() == ClientType
            && CreateReader(context.SemanticModel, new(creation, declaration), context.CancellationToken).Read() is not null)
            context.ReportDiagnostic(Diagnostic.Create(Rule, creation.GetLocation()));
    }
}
