using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP001: a statement sends an email and does not look at the result.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class DroppedResultAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP001";

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "The result of a send is dropped",
        "'{0}' does not throw if the email was not sent: use its result, call EnsureSuccess(), or write '_ =' if no one needs to know",
        Category, DiagnosticSeverity.Warning, true,
        "A problem of delivery is a result and not an exception. A send whose result is dropped loses the email silently.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.ExpressionStatement);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var statement = (IExpressionStatementOperation)context.Operation;
        if (statement.Operation.Core() is IInvocationOperation send && types.IsSend(send.TargetMethod) && !IsMeantToThrow(statement))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, statement.Operation.Syntax.GetLocation(), send.TargetMethod.Name));
    }

    // The body of a lambda without braces may be all that someone else wants to run: an expected exception, or a mock's setup.
    private static bool IsMeantToThrow(IOperation statement)
    {
        if (statement.NestedFunction() is not IAnonymousFunctionOperation { Syntax: LambdaExpressionSyntax lambda } function)
            return false;
        if (lambda.Body is not BlockSyntax)
            return true;
        var parent = function.Parent;
        while (parent is IConversionOperation or IDelegateCreationOperation)
            parent = parent.Parent;
        return parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: { } name } }
            && (name.IndexOf("Throw", StringComparison.Ordinal) >= 0 || name.IndexOf("Exception", StringComparison.Ordinal) >= 0);
    }
}
