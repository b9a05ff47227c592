using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP005: a method gives an email a date in the future, and sends it at once.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SendAtAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP005";

    private static readonly HashSet<string> Clocks = new() { "Now", "UtcNow", "Today", "GetUtcNow", "GetLocalNow" };
    private static readonly HashSet<string> Waits = new() { "Delay", "Sleep", "WaitForNextTickAsync", "WaitAsync", "Schedule" };

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "SendAt does not delay a send",
        "SendAt is the Date field of the message: the email is sent at once, with a date in the future. An outbox sends it later.",
        Category, DiagnosticSeverity.Warning, true,
        "Email.SendAt is what readers see as the date of the email. To send it later, add it to an outbox with OutboxEmail.SendAt.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.SimpleAssignment);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var assignment = (ISimpleAssignmentOperation)context.Operation;
        if (assignment.Target is IPropertyReferenceOperation { Property: { } property } target
            && SmtpTypes.Is(property, types.Email, "SendAt")
            && IsInTheFuture(assignment.Value.Core())
            && IsSentHere(assignment, target, types))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, assignment.Syntax.GetLocation()));
    }

    /// <summary>Now and a positive time.</summary>
    private static bool IsInTheFuture(IOperation value) => value switch
    {
        IInvocationOperation { Instance: { } start, Arguments.Length: 1 } add =>
            add.TargetMethod.Name.StartsWith("Add", StringComparison.Ordinal)
            && IsNow(start.Core())
            && IsPositive(add.Arguments[0].Value),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum => IsNow(sum.LeftOperand.Core()) && IsPositive(sum.RightOperand),
        _ => false,
    };

    private static bool IsNow(IOperation value) => value switch
    {
        IPropertyReferenceOperation property => Clocks.Contains(property.Property.Name),
        IInvocationOperation call => Clocks.Contains(call.TargetMethod.Name),
        _ => false,
    };

    private static bool IsPositive(IOperation value) => value.Core() switch
    {
        { ConstantValue: { HasValue: true, Value: { } number } } => number is int and > 0 or double and > 0 or long and > 0,
        IInvocationOperation { TargetMethod: { ContainingType.Name: "TimeSpan", IsStatic: true } from, Arguments.Length: > 0 } call =>
            from.Name.StartsWith("From", StringComparison.Ordinal) && IsPositive(call.Arguments[0].Value),
        _ => false,
    };

    private static bool IsSentHere(IOperation assignment, IPropertyReferenceOperation target, SmtpTypes types)
    {
        var root = assignment.Root();
        if (root.Descendants().OfType<IInvocationOperation>().Any(i => Waits.Contains(i.TargetMethod.Name)))
            return false;
        if (target.Instance is ILocalReferenceOperation local)
            return IsSent(root, local.Local, assignment, types);
        var creation = assignment.Parent?.Parent;
        return creation is IObjectCreationOperation
            && (creation.Target() is { } email
                ? IsSent(root, email, assignment, types)
                : creation.User() is IArgumentOperation { Parent: IInvocationOperation send } && types.IsSend(send.TargetMethod));
    }

    private static bool IsSent(IOperation root, ISymbol email, IOperation assignment, SmtpTypes types) => root.ReferencesTo(email).Any(
        r => r.Syntax.SpanStart > assignment.Syntax.SpanStart
            && r.User() is IArgumentOperation { Parent: IInvocationOperation send }
            && types.IsSend(send.TargetMethod));
}
