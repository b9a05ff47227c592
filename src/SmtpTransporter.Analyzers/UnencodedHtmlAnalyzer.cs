using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP006: an HTML body is put together from text that is not encoded.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class UnencodedHtmlAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP006";

    // What has such a word in its name is HTML already, or is no text that a person has typed.
    private static readonly string[] Harmless =
    [
        "html", "encoded", "escaped", "safe", "sanitized", "markup", "body", "content", "template", "layout", "header", "footer", "style",
        "css", "color", "link", "url", "uri", "href", "code", "token", "cid", "number", "version", "date", "guid", "id",
    ];

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "Text is put into HTML without encoding",
        "'{0}' becomes a part of the HTML as it is: encode it with WebUtility.HtmlEncode, or use a template",
        Category, DiagnosticSeverity.Info, true,
        "Text with '<' or '&' changes the HTML around it, and text of a stranger can put links and images into your email.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types) =>
        context.RegisterOperationAction(c => Analyze(c, types), OperationKind.SimpleAssignment, OperationKind.CompoundAssignment);

    private static void Analyze(OperationAnalysisContext context, SmtpTypes types)
    {
        var assignment = (IAssignmentOperation)context.Operation;
        if (assignment.Target is not IPropertyReferenceOperation { Property: { } property }
            || !SmtpTypes.Is(property, types.Email, "HtmlBody"))
            return;
        var pieces = Pieces(Value(assignment.Value.Core())).ToList();
        if (!pieces.Exists(p => p.ConstantValue is { HasValue: true, Value: string text } && text.IndexOf('<') >= 0))
            return;
        foreach (var piece in pieces.Where(IsText))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, piece.Syntax.GetLocation(), piece.Syntax.ToString()));
    }

    // A local that has one value in its life stands for it.
    private static IOperation Value(IOperation value)
    {
        if (value is not ILocalReferenceOperation local)
            return value;
        var root = value.Root();
        var isChanged = root.ReferencesTo(local.Local).Any(r => r.Parent is IAssignmentOperation a && a.Target == r
            || r.Parent is IArgumentOperation { Parameter.RefKind: not RefKind.None });
        return isChanged
            ? value
            : root.Descendants().OfType<IVariableDeclaratorOperation>()
                .FirstOrDefault(d => SymbolEqualityComparer.Default.Equals(d.Symbol, local.Local))?.Initializer?.Value.Core() ?? value;
    }

    private static IEnumerable<IOperation> Pieces(IOperation value) => value switch
    {
        { ConstantValue.HasValue: true } => [value],
        IInterpolatedStringOperation interpolated => interpolated.Parts.SelectMany(PieceOf),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum =>
            Pieces(sum.LeftOperand.Core()).Concat(Pieces(sum.RightOperand.Core())),
        IInvocationOperation { TargetMethod: { Name: "Format", ContainingType.SpecialType: SpecialType.System_String } } format =>
            format.Arguments.SelectMany(a => a.Value is IArrayCreationOperation { Initializer: { } items }
                ? items.ElementValues.Select(e => e.Core())
                : [a.Value.Core()]),
        _ => [value],
    };

    private static IEnumerable<IOperation> PieceOf(IInterpolatedStringContentOperation part) => part switch
    {
        IInterpolatedStringTextOperation text => [text.Text],
        IInterpolationOperation hole => Pieces(hole.Expression.Core()),
        _ => [],
    };

    // What a method returns may be encoded; so may a local, but for one of a loop.
    private static bool IsText(IOperation piece) =>
        piece.Type?.SpecialType == SpecialType.System_String
        && !piece.ConstantValue.HasValue
        && piece switch
        {
            IParameterReferenceOperation parameter => IsTextName(parameter.Parameter.Name) && !IsAssigned(parameter),
            IPropertyReferenceOperation { Property.IsStatic: false } property => IsTextName(property.Property.Name),
            IFieldReferenceOperation { Field.IsStatic: false } field => IsTextName(field.Field.Name),
            ILocalReferenceOperation local => IsTextName(local.Local.Name) && (IsOfLoop(local.Local) || IsText(Value(piece), piece)),
            _ => false,
        };

    private static bool IsText(IOperation value, IOperation local) =>
        value != local && value is not ILocalReferenceOperation && IsText(value);

    private static bool IsAssigned(IParameterReferenceOperation parameter) => parameter.Root().Descendants().Any(
        o => o is IAssignmentOperation { Target: IParameterReferenceOperation target }
            && SymbolEqualityComparer.Default.Equals(target.Parameter, parameter.Parameter));

    private static bool IsOfLoop(ILocalSymbol local) =>
        local.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is Microsoft.CodeAnalysis.CSharp.Syntax.ForEachStatementSyntax);

    private static bool IsTextName(string name) => !Array.Exists(Harmless, word => HasWord(name, word));

    // A word of a name in camel case: "resetUrl" has the word "url", and "curly" has not.
    private static bool HasWord(string name, string word)
    {
        for (var at = name.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0;
            at = name.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + word.Length;
            var starts = at == 0 || !char.IsLetter(name[at - 1]) || (char.IsUpper(name[at]) && !char.IsUpper(name[at - 1]));
            var ends = end == name.Length || !char.IsLower(name[end]);
            if (starts && ends)
                return true;
        }
        return false;
    }
}
