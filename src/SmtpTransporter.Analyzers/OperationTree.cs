using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>Questions about the place of an operation within its method.</summary>
internal static class OperationTree
{
    /// <summary>An expression without the conversions, parentheses and awaits around what it computes.</summary>
    public static IOperation Core(this IOperation operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    operation = parenthesized.Operand;
                    break;
                case IAwaitOperation awaited:
                    operation = awaited.Operation;
                    break;
                case IInvocationOperation { Instance: { } task, TargetMethod.Name: { } name }
                    when name is "ConfigureAwait" or "GetAwaiter" or "GetResult" or "Wait":
                    operation = task;
                    break;
                case IConditionalAccessOperation access:
                    operation = access.WhenNotNull;
                    break;
                default:
                    return operation;
            }
        }
    }

    /// <summary>The nearest operation around an expression that is not a conversion, a parenthesis, an await or a ConfigureAwait.</summary>
    public static IOperation? User(this IOperation operation)
    {
        var parent = operation.Parent;
        while (parent is IConversionOperation or IParenthesizedOperation or IAwaitOperation
            or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "GetAwaiter" or "GetResult" })
            parent = parent.Parent;
        return parent;
    }

    /// <summary>The innermost loop around an operation, within the same function.</summary>
    public static ILoopOperation? Loop(this IOperation operation)
    {
        for (var parent = operation.Parent; parent is not null; parent = parent.Parent)
        {
            if (parent is ILoopOperation loop)
                return loop;
            if (parent is IAnonymousFunctionOperation or ILocalFunctionOperation)
                return null;
        }
        return null;
    }

    /// <summary>The function in a function that an operation is in.</summary>
    public static IOperation? NestedFunction(this IOperation operation)
    {
        var parent = operation.Parent;
        while (parent is not (null or IAnonymousFunctionOperation or ILocalFunctionOperation))
            parent = parent.Parent;
        return parent;
    }

    /// <summary>The body of the member that an operation is in.</summary>
    public static IOperation Root(this IOperation operation)
    {
        while (operation.Parent is { } parent)
            operation = parent;
        return operation;
    }

    /// <summary>What a reference names: a local, a parameter, a field or a property.</summary>
    public static ISymbol? Symbol(this IOperation operation) => operation.Core() switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation field => field.Field,
        IPropertyReferenceOperation property => property.Property,
        _ => null,
    };

    /// <summary>The references to a local in an operation.</summary>
    public static IEnumerable<ILocalReferenceOperation> ReferencesTo(this IOperation operation, ISymbol local) =>
        operation.DescendantsAndSelf().OfType<ILocalReferenceOperation>()
            .Where(r => SymbolEqualityComparer.Default.Equals(r.Local, local));

    /// <summary>Whether a symbol is declared in an operation.</summary>
    public static bool Declares(this IOperation operation, ISymbol symbol) => symbol.DeclaringSyntaxReferences.Any(
        r => r.SyntaxTree == operation.Syntax.SyntaxTree && operation.Syntax.Span.Contains(r.Span));

    /// <summary>The local that an expression is the first value of, or is assigned to.</summary>
    public static ILocalSymbol? Target(this IOperation value) => value.User() switch
    {
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } => declarator.Symbol,
        ISimpleAssignmentOperation { Target: ILocalReferenceOperation local } set when set.Value.Core() == value.Core() => local.Local,
        _ => null,
    };
}
