using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP009: what runs on several threads changes an email that they share.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SharedEmailAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP009";

    private static readonly HashSet<string> Changes = new() { "Add", "AddRange", "Clear", "Insert", "Remove", "RemoveAt", "Set" };

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "Several threads change one email",
        "Several threads change '{0}' while others send it: create an email in each of them, or use Email.Merge",
        Category, DiagnosticSeverity.Warning, true,
        "An email is not safe for concurrent changes: recipients can get the text or the addresses of others.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.AnonymousFunction);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var function = (IAnonymousFunctionOperation)context.Operation;
        if (Call(function) is not { } call || function.Body.Descendants().Any(IsTurnstile))
            return;
        if (!RunsOnSeveralThreads(call.TargetMethod) && !(IsTaskRun(call.TargetMethod) && IsStartedInLoop(call)))
            return;
        var change = function.Body.Descendants().Select(o => Changed(o, types)).FirstOrDefault(
            email => email?.Symbol() is { } symbol && IsOutside(symbol, function, call));
        if (change is not null)
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, change.Syntax.GetLocation(), change.Syntax.ToString()));
    }

    private static IInvocationOperation? Call(IAnonymousFunctionOperation function)
    {
        var parent = function.Parent;
        while (parent is IConversionOperation or IDelegateCreationOperation)
            parent = parent.Parent;
        return (parent as IArgumentOperation)?.Parent as IInvocationOperation;
    }

    private static bool RunsOnSeveralThreads(IMethodSymbol method) =>
        method.ContainingType.ContainingNamespace?.ToDisplayString() switch
        {
            "System.Threading.Tasks" => method.ContainingType.Name == "Parallel"
                && method.Name is "For" or "ForAsync" or "ForEach" or "ForEachAsync",
            "System.Linq" => method.ContainingType.Name == "ParallelEnumerable" && method.Name == "ForAll",
            _ => false,
        };

    private static bool IsTaskRun(IMethodSymbol method) =>
        method.Name == "Run" && method.ContainingType.ToDisplayString() == "System.Threading.Tasks.Task";

    // A task that is awaited at once has no other beside it.
    private static bool IsStartedInLoop(IInvocationOperation call) =>
        call.Loop() is not null
        && call.Parent is not IAwaitOperation
        && call.User() is not IExpressionStatementOperation { Operation: IAwaitOperation };

    // Locks and semaphores let one thread through at a time.
    private static bool IsTurnstile(IOperation operation) =>
        operation is ILockOperation or IInvocationOperation { TargetMethod.Name: "Wait" or "WaitAsync" or "Enter" or "WaitOne" };

    /// <summary>The reference to the email that an operation changes.</summary>
    private static IOperation? Changed(IOperation operation, SmtpTypes types) => operation switch
    {
        IAssignmentOperation { Target: IPropertyReferenceOperation { Instance: { } email } } when IsEmail(email, types) => email,
        IInvocationOperation { TargetMethod.Name: "AddListUnsubscribe" or "EmbedImages", Instance: { } email }
            when IsEmail(email, types) => email,
        IInvocationOperation { Instance: IPropertyReferenceOperation { Instance: { } email } } call
            when IsEmail(email, types) && Changes.Contains(call.TargetMethod.Name) => email,
        _ => null,
    };

    private static bool IsEmail(IOperation operation, SmtpTypes types) =>
        SymbolEqualityComparer.Default.Equals(operation.Type, types.Email)
        && operation is ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation;

    private static bool IsOutside(ISymbol email, IAnonymousFunctionOperation function, IInvocationOperation call) =>
        !function.Declares(email) && !(call.Loop() is { } loop && IsTaskRun(call.TargetMethod) && loop.Declares(email))
        && (email is not IFieldSymbol field || !IsThreadStatic(field));

    private static bool IsThreadStatic(IFieldSymbol field) =>
        field.GetAttributes().Any(a => a.AttributeClass?.Name == "ThreadStaticAttribute");
}
