using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>A server on this machine, as in development: no one is between it and the client, and its passwords open nothing.</summary>
internal static class LoopbackHost
{
    /// <summary>Whether the initializer with an assignment also sets the host, to a constant that is this machine.</summary>
    public static bool IsSetBeside(ISimpleAssignmentOperation assignment) =>
        assignment.Parent is IObjectOrCollectionInitializerOperation initializer
        && initializer.Initializers.OfType<ISimpleAssignmentOperation>().Any(
            a => a.Target is IPropertyReferenceOperation { Property.Name: "Host" }
                && a.Value.ConstantValue is { HasValue: true, Value: string host }
                && Is(host));

    /// <summary>Whether a host is this machine.</summary>
    public static bool Is(string host) => host is "localhost" or "127.0.0.1" or "::1" or "[::1]";
}
