using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP008: the options accept any certificate, in every environment.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class AnyCertificateAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP008";

    private static readonly string[] Occasions = ["debug", "develop", "test", "local"];

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "Any server certificate is accepted",
        "Anyone between client and server can read the emails and take the password: trust the server's own certificate with "
            + "TrustedCertificates or PinnedFingerprints",
        Category, DiagnosticSeverity.Info, true,
        "DangerouslyAcceptAnyServerCertificate is for tests. TrustedCertificates accepts a self-signed certificate safely.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.SimpleAssignment);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var assignment = (ISimpleAssignmentOperation)context.Operation;
        if (assignment.Target is IPropertyReferenceOperation { Property: { } property }
            && SmtpTypes.Is(property, types.Options, "DangerouslyAcceptAnyServerCertificate")
            && assignment.Value.ConstantValue is { HasValue: true, Value: true }
            && !LoopbackHost.IsSetBeside(assignment)
            && !Conditions(assignment.Syntax).Any(IsOccasion)
            && !IsOccasion(context.ContainingSymbol.Name)
            && !IsOccasion(context.ContainingSymbol.ContainingType?.Name ?? ""))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, assignment.Syntax.GetLocation()));
    }

    private static bool IsOccasion(string condition) =>
        Array.Exists(Occasions, o => condition.IndexOf(o, StringComparison.OrdinalIgnoreCase) >= 0);

    /// <summary>The conditions of the code and of the compiler's directives under which a node is reached.</summary>
    private static IEnumerable<string> Conditions(SyntaxNode node)
    {
        foreach (var parent in node.Ancestors())
        {
            if (parent is IfStatementSyntax statement)
                yield return statement.Condition.ToString();
            else if (parent is ConditionalExpressionSyntax conditional)
                yield return conditional.Condition.ToString();
            else if (parent is SwitchSectionSyntax section)
                yield return section.Labels.ToString();
            else if (parent is SwitchExpressionArmSyntax arm)
                yield return arm.Pattern.ToString();
        }
        var open = new Stack<string>();
        var root = (CSharpSyntaxNode)node.SyntaxTree.GetRoot();
        for (var directive = root.GetFirstDirective(); directive is not null && directive.SpanStart < node.SpanStart;
            directive = directive.GetNextDirective())
        {
            if (directive is IfDirectiveTriviaSyntax start)
                open.Push(start.Condition.ToString());
            else if (directive is EndIfDirectiveTriviaSyntax && open.Count > 0)
                open.Pop();
        }
        foreach (var condition in open)
            yield return condition;
    }
}
