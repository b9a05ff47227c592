using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SmtpTransport.Analyzers;

/// <summary>Reads how a method uses a client that it creates. One use that it does not know, and there is no conversion.</summary>
internal abstract class ClientReader
{
    private readonly SemanticModel _model;
    private readonly CancellationToken _cancellationToken;
    private bool _isTooLate;

    protected ClientReader(SemanticModel model, ClientConversion conversion, CancellationToken cancellationToken)
    {
        _model = model;
        _cancellationToken = cancellationToken;
        Conversion = conversion;
    }

    /// <summary>What was read.</summary>
    protected ClientConversion Conversion { get; }

    /// <summary>The declaration whose only variable a creation is the first value of.</summary>
    public static VariableDeclarationSyntax? DeclarationOf(BaseObjectCreationExpressionSyntax creation) =>
        creation.Parent is EqualsValueClauseSyntax
        {
            Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1 } declaration },
        } && declaration.Parent is LocalDeclarationStatementSyntax or UsingStatementSyntax { Statement: BlockSyntax }
            ? declaration
            : null;

    /// <summary>Reads all uses; null if one cannot be converted.</summary>
    public ClientConversion? Read() =>
        ReadCreation() && Uses().All(ReadUse) && Conversion.Sends.Count > 0 && Complete() && !_isTooLate
        && !Conversion.Removed.Concat<SyntaxNode>(Conversion.Sends).Any(n => n.ContainsDirectives || IsCaughtByType(n))
            ? Conversion
            : null;

    /// <summary>Reads an argument of the constructor, by the name of its parameter.</summary>
    protected abstract bool ReadArgument(string parameter, ExpressionSyntax value);

    /// <summary>Reads a property that is set.</summary>
    protected abstract bool ReadProperty(string name, ExpressionSyntax value);

    /// <summary>Reads a call that is a statement of its own.</summary>
    protected abstract bool ReadCall(IMethodSymbol method, Call call);

    /// <summary>Adds the options that follow from all that was read; false if something is missing.</summary>
    protected abstract bool Complete();

    /// <summary>The constant value of an expression.</summary>
    protected object? Constant(ExpressionSyntax? value) =>
        value is null ? null : _model.GetConstantValue(value, _cancellationToken) is { HasValue: true } constant ? constant.Value : null;

    /// <summary>The type of an expression, such as System.Net.NetworkCredential.</summary>
    protected string? TypeName(ExpressionSyntax value) => _model.GetTypeInfo(value, _cancellationToken).Type?.ToDisplayString();

    /// <summary>The arguments of a call or of a creation by the names of their parameters.</summary>
    protected Dictionary<string, ExpressionSyntax> Arguments(SyntaxNode call, ArgumentListSyntax? list)
    {
        var method = _model.GetSymbolInfo(call, _cancellationToken).Symbol as IMethodSymbol;
        var arguments = new Dictionary<string, ExpressionSyntax>();
        foreach (var argument in list?.Arguments ?? default)
        {
            var name = argument.NameColon?.Name.Identifier.ValueText ?? method?.Parameters.ElementAtOrDefault(arguments.Count)?.Name ?? "";
            arguments[name] = argument.Expression;
        }
        return arguments;
    }

    /// <summary>Adds an option with a value of the source, in the place of {0} if there is a format.</summary>
    protected void Add(string option, ExpressionSyntax value, string? format = null)
    {
        _isTooLate |= !IsKnownAtCreation(value);
        var bare = value.WithoutTrivia();
        Conversion.Options.Add((option, format is null ? bare : SyntaxFactory.ParseExpression(format.Replace("{0}", bare.ToString()))));
    }

    /// <summary>Adds an option whose value is the same in each source.</summary>
    protected void Add(string option, string value) => Conversion.Options.Add((option, SyntaxFactory.ParseExpression(value)));

    private bool ReadCreation() =>
        Arguments(Conversion.Creation, Conversion.Creation.ArgumentList).All(a => ReadArgument(a.Key, a.Value))
        && (Conversion.Creation.Initializer?.Expressions ?? default).All(
            e => e is AssignmentExpressionSyntax { Left: IdentifierNameSyntax name } assignment
                && ReadProperty(name.Identifier.ValueText, assignment.Right));

    private SyntaxNode Scope() => Conversion.Declaration.Parent switch
    {
        UsingStatementSyntax statement => statement.Statement,
        { Parent: GlobalStatementSyntax { Parent: { } unit } } => unit,
        { Parent: { } block } => block,
        _ => Conversion.Declaration,
    };

    private IEnumerable<IdentifierNameSyntax> Uses()
    {
        var client = Conversion.Declaration.Variables[0];
        var symbol = _model.GetDeclaredSymbol(client, _cancellationToken);
        return Scope().DescendantNodes().OfType<IdentifierNameSyntax>().Where(
            n => n.Identifier.ValueText == client.Identifier.ValueText
                && SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(n, _cancellationToken).Symbol, symbol));
    }

    private bool ReadUse(IdentifierNameSyntax use)
    {
        var scope = Scope();
        if (use.Parent is not MemberAccessExpressionSyntax member || member.Expression != use
            || use.Ancestors().TakeWhile(a => a != scope).Any(a => a is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            return false;
        if (member.Parent is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment
            && assignment.Left == member && assignment.Parent is StatementSyntax set)
            return IsStraight(set) && Remove(set) && ReadProperty(member.Name.Identifier.ValueText, assignment.Right);
        return Call.Of(member) is { } call
            && _model.GetSymbolInfo(call.Invocation, _cancellationToken).Symbol is IMethodSymbol method
            && ReadCall(method, call);
    }

    /// <summary>Removes a statement; false if it is not in a block.</summary>
    protected bool Remove(StatementSyntax statement)
    {
        Conversion.Removed.Add(statement);
        return statement.Parent is BlockSyntax or GlobalStatementSyntax;
    }

    /// <summary>Whether a statement runs once, and before those behind it.</summary>
    protected bool IsStraight(StatementSyntax statement)
    {
        var scope = Scope();
        var node = statement.Parent;
        while (node != scope && node is BlockSyntax or TryStatementSyntax or UsingStatementSyntax or GlobalStatementSyntax)
            node = node.Parent;
        return node == scope;
    }

    // What an option is made of must be there where the transporter is created, which is where the client was.
    private bool IsKnownAtCreation(ExpressionSyntax value) =>
        !value.DescendantNodesAndSelf().Any(n => n is AwaitExpressionSyntax or DeclarationExpressionSyntax)
        && value.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().All(
            n => _model.GetSymbolInfo(n, _cancellationToken).Symbol is not ILocalSymbol local
                || local.DeclaringSyntaxReferences.All(r => r.Span.Start < Conversion.Declaration.SpanStart));

    // A transporter throws none of the exceptions that the method expects.
    private bool IsCaughtByType(SyntaxNode node) => node.Ancestors().OfType<TryStatementSyntax>()
        .SelectMany(t => t.Catches).Any(c => c.Filter is not null
            || (c.Declaration is { Type: { } type } && _model.GetTypeInfo(type, _cancellationToken).Type is { } caught
                && caught.ContainingNamespace.ToDisplayString() is { } space
                && (space is "System.Net.Mail" or "System.Net.Sockets" || space.StartsWith("MailKit", StringComparison.Ordinal))));
}
