using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP002: each turn of a loop creates a transporter, with the same options, for the email of that turn.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class TransporterPerEmailAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP002";

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "A transporter is created for each email",
        "Each turn of the loop connects and authenticates anew: create the transporter before the loop, and share it",
        Category, DiagnosticSeverity.Info, true,
        "A transporter keeps its connections. One that is created for each email opens a connection for each, and servers limit these.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.ObjectCreation);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var creation = (IObjectCreationOperation)context.Operation;
        if (SymbolEqualityComparer.Default.Equals(creation.Type, types.Transporter)
            // A loop that waits for work may live longer than the options: only loops over emails count.
            && creation.Loop() is { LoopKind: LoopKind.ForEach or LoopKind.For } loop
            && !DependsOn(creation, loop)
            && creation.Target() is { } transporter
            && loop.Declares(transporter)
            && loop.Body.DescendantsAndSelf().OfType<IInvocationOperation>().Any(send => Sends(send, transporter, loop, types)))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, creation.Syntax.GetLocation()));
    }

    // A transporter for each server or tenant is right. What a method returns may differ from turn to turn.
    private static bool DependsOn(IObjectCreationOperation creation, ILoopOperation loop) => creation.Descendants().Any(
        o => (o is ILocalReferenceOperation local && loop.Declares(local.Local))
            || o is IInvocationOperation { TargetMethod.IsStatic: false }
                or IInvocationOperation { TargetMethod.ContainingType.Name: not "ServerOptions" });

    private static bool Sends(IInvocationOperation send, ILocalSymbol transporter, ILoopOperation loop, SmtpTypes types) =>
        types.IsSend(send.TargetMethod)
        && SymbolEqualityComparer.Default.Equals(send.Instance?.Symbol(), transporter)
        && send.Loop() == loop
        && send.Arguments[0].Value.DescendantsAndSelf().Any(
            o => o is IObjectCreationOperation || (o is ILocalReferenceOperation local && loop.Declares(local.Local)));
}
