using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP004: a loop sends the same email until it is accepted, and does not look at whether it may have been delivered.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class UnknownResentAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP004";

    // What tells a failure that can be tried again from one that cannot.
    private static readonly HashSet<string> Decisive = new()
    {
        "IsTransient", "RetryRecipients", "RetryEmail", "EnsureSuccess", "Status", "EnhancedStatus", "Errors", "FailedStep", "Recipients",
    };

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "An email is sent again after Unknown",
        "The loop sends '{0}' again also after Outcome.Unknown, when it may have been delivered: continue only if IsTransient is true",
        Category, DiagnosticSeverity.Warning, true,
        "After Unknown the server may have accepted the message. Who sends it again may deliver it twice.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var send = (IInvocationOperation)context.Operation;
        if (!types.IsSend(send.TargetMethod) || send.Loop() is not { } loop)
            return;
        var email = send.Arguments[0].Value.Core();
        if (email.Symbol() is { } symbol && !loop.Declares(symbol) && !IsAssigned(symbol, loop) && Repeats(loop, types))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, send.Syntax.GetLocation(), email.Syntax.ToString()));
    }

    private static bool IsAssigned(ISymbol symbol, ILoopOperation loop) => loop.Descendants().Any(
        o => (o is IAssignmentOperation assignment && SymbolEqualityComparer.Default.Equals(assignment.Target.Symbol(), symbol))
            || (o is IArgumentOperation { Parameter.RefKind: not RefKind.None } argument
                && SymbolEqualityComparer.Default.Equals(argument.Value.Symbol(), symbol)));

    private static bool Repeats(ILoopOperation loop, SmtpTypes types)
    {
        var conditions = loop.Descendants().OfType<IConditionalOperation>().Where(c => c.Loop() == loop).ToList();
        if (IsContinuedAfterUnknown(loop, conditions, types))
            return true;
        return (Conjuncts(LoopCondition(loop)).Any(c => IsFailure(c, types)) || conditions.Exists(c => LeavesOnSuccess(c, types)))
            && !loop.Descendants().Any(o => Decides(o, types));
    }

    private static IOperation? LoopCondition(ILoopOperation loop) => loop switch
    {
        IWhileLoopOperation { ConditionIsUntil: false } whileLoop => whileLoop.Condition,
        IForLoopOperation forLoop => forLoop.Condition,
        _ => null,
    };

    private static bool IsContinuedAfterUnknown(ILoopOperation loop, List<IConditionalOperation> conditions, SmtpTypes types) =>
        Conjuncts(LoopCondition(loop)).Any(c => IsOutcome(c, BinaryOperatorKind.Equals, "Unknown", types))
        || conditions.Exists(c => Conjuncts(c.Condition).Any(k => IsOutcome(k, BinaryOperatorKind.Equals, "Unknown", types))
            && Leads(c.WhenTrue, BranchKind.Continue));

    private static IEnumerable<IOperation> Conjuncts(IOperation? condition) => condition?.Core() switch
    {
        null => [],
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd } and =>
            Conjuncts(and.LeftOperand).Concat(Conjuncts(and.RightOperand)),
        var core => [core],
    };

    private static bool IsFailure(IOperation condition, SmtpTypes types) =>
        (condition is IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not && IsSuccess(not.Operand, types))
        || IsOutcome(condition, BinaryOperatorKind.NotEquals, "Accepted", types);

    private static bool LeavesOnSuccess(IConditionalOperation conditional, SmtpTypes types) =>
        (IsSuccess(conditional.Condition, types) || IsOutcome(conditional.Condition.Core(), BinaryOperatorKind.Equals, "Accepted", types))
        && Leads(conditional.WhenTrue, BranchKind.Break);

    private static bool Leads(IOperation branch, BranchKind kind) => branch.DescendantsAndSelf().Any(
        o => o is IBranchOperation b && b.BranchKind == kind || (kind == BranchKind.Break && o is IReturnOperation));

    private static bool IsSuccess(IOperation operation, SmtpTypes types) =>
        operation.Core() is IPropertyReferenceOperation { Property: { } property } && SmtpTypes.Is(property, types.Result, "Success");

    private static bool IsOutcome(IOperation operation, BinaryOperatorKind comparison, string outcome, SmtpTypes types) =>
        operation is IBinaryOperation binary
        && binary.OperatorKind == comparison
        && binary.LeftOperand.Core() is IPropertyReferenceOperation { Property: { } property }
        && SmtpTypes.Is(property, types.Result, "Outcome")
        && binary.RightOperand.Core() is IFieldReferenceOperation { Field.Name: { } name } && name == outcome;

    // The loop, or a method that it asks, may tell Unknown from the others.
    private static bool Decides(IOperation operation, SmtpTypes types) => operation switch
    {
        IPropertyReferenceOperation p when types.IsSendResult(p.Property.ContainingType) =>
            Decisive.Contains(p.Property.Name) || (p.Property.Name == "Outcome" && !IsPrinted(p) && !IsComparedWithAccepted(p)),
        IInvocationOperation i when types.IsSendResult(i.TargetMethod.ContainingType) => Decisive.Contains(i.TargetMethod.Name),
        IArgumentOperation { Parent: IInvocationOperation call } a =>
            types.IsSendResult(a.Value.Core().Type) && !call.TargetMethod.ReturnsVoid,
        IPatternOperation pattern => types.IsSendResult(pattern.InputType) || pattern.InputType.Name == "Outcome",
        _ => false,
    };

    private static bool IsPrinted(IOperation outcome) => outcome.User() is IInterpolationOperation
        or IArgumentOperation { Parent: IInvocationOperation { TargetMethod.ReturnsVoid: true } };

    private static bool IsComparedWithAccepted(IOperation outcome) =>
        outcome.User() is IBinaryOperation { RightOperand: { } right }
        && right.Core() is IFieldReferenceOperation { Field.Name: "Accepted" };
}
