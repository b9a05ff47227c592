using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP003: a method creates a transporter, sends with it, gives it to no one and does not dispose it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class UndisposedTransporterAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP003";

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "A transporter is never disposed",
        "The transporter keeps its connections open until it is disposed: declare it with 'using', or share one",
        Category, DiagnosticSeverity.Info, true,
        "A transporter that is not disposed keeps connections to the server until they are idle for too long, and does not say goodbye.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.ObjectCreation);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var creation = (IObjectCreationOperation)context.Operation;
        if (!SymbolEqualityComparer.Default.Equals(creation.Type, types.Transporter))
            return;
        if (creation.User() is IInvocationOperation direct && types.IsSend(direct.TargetMethod) && direct.Instance?.Core() == creation)
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, creation.Syntax.GetLocation()));
        else if (IsDeclaredWithoutUsing(creation) && creation.Target() is { } transporter && IsOnlyUsedToSend(creation, transporter, types))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, creation.Syntax.GetLocation()));
    }

    private static bool IsDeclaredWithoutUsing(IOperation creation) =>
        creation.User() is IVariableInitializerOperation
        && creation.Syntax.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>() is { UsingKeyword.RawKind: 0 };

    // Any other use may keep the transporter, or dispose it.
    private static bool IsOnlyUsedToSend(IOperation creation, ILocalSymbol transporter, SmtpTypes types)
    {
        var uses = creation.Root().ReferencesTo(transporter).ToList();
        var function = creation.NestedFunction();
        return uses.All(use => use.NestedFunction() == function && IsHarmless(use))
            && uses.Exists(use => use.User() is IInvocationOperation send && types.IsSend(send.TargetMethod));
    }

    private static bool IsHarmless(IOperation use) => use.User() switch
    {
        IInvocationOperation call => call.Instance?.Core() == use && call.TargetMethod.Name is "Send" or "SendAsync" or "CheckConnection"
            or "CheckConnectionAsync",
        IPropertyReferenceOperation property => property.Instance?.Core() == use,
        _ => false,
    };
}
