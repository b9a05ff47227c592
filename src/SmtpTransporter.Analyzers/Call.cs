using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers;

/// <summary>A call that is a statement of its own, awaited or not.</summary>
internal sealed class Call
{
    private Call(InvocationExpressionSyntax invocation, StatementSyntax statement, bool isAwaited)
    {
        Invocation = invocation;
        Statement = statement;
        IsAwaited = isAwaited;
    }

    public InvocationExpressionSyntax Invocation { get; }

    public StatementSyntax Statement { get; }

    public bool IsAwaited { get; }

    public string Name => ((MemberAccessExpressionSyntax)Invocation.Expression).Name.Identifier.ValueText;

    /// <summary>The call of a member; null if it is no statement of its own.</summary>
    public static Call? Of(MemberAccessExpressionSyntax member)
    {
        // client.AuthenticationMechanisms.Remove(…)
        if (member.Parent is MemberAccessExpressionSyntax inner && inner.Expression == member)
            member = inner;
        if (member.Parent is not InvocationExpressionSyntax call)
            return null;
        ExpressionSyntax outermost = call;
        if (call.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } next
            && next.Parent is InvocationExpressionSyntax configured)
            outermost = configured;
        var awaited = outermost.Parent as AwaitExpressionSyntax;
        return (awaited ?? outermost).Parent is ExpressionStatementSyntax statement ? new Call(call, statement, awaited is not null) : null;
    }
}
