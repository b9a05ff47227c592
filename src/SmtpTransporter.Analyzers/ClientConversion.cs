using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers;

/// <summary>What has to change so that a method sends with a transporter instead of another library's client.</summary>
internal sealed class ClientConversion
{
    public ClientConversion(BaseObjectCreationExpressionSyntax creation, VariableDeclarationSyntax declaration)
    {
        Creation = creation;
        Declaration = declaration;
    }

    /// <summary>The creation of the client.</summary>
    public BaseObjectCreationExpressionSyntax Creation { get; }

    /// <summary>The declaration of its variable.</summary>
    public VariableDeclarationSyntax Declaration { get; }

    /// <summary>The options of the server, in the order of their settings.</summary>
    public List<(string Name, ExpressionSyntax Value)> Options { get; } = [];

    /// <summary>The statements that become options, or that a transporter does not need.</summary>
    public List<StatementSyntax> Removed { get; } = [];

    /// <summary>The calls that send.</summary>
    public List<InvocationExpressionSyntax> Sends { get; } = [];
}
