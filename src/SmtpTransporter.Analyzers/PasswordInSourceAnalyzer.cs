using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP007: a secret of the options is a constant.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class PasswordInSourceAnalyzer : SmtpAnalyzer
{
    internal const string Id = "SMTP007";

    private static readonly HashSet<string> Secrets = new() { "Password", "AccessTokenOAuth2", "CertificatePassword" };
    private static readonly HashSet<string> Placeholders =
        new(StringComparer.OrdinalIgnoreCase) { "password", "secret", "changeme", "token", "your-password", "app-password" };

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "A password is in the source",
        "{0} is written into the source, and stays in its history: read it from the configuration, the environment or a secret store",
        Category, DiagnosticSeverity.Info, true,
        "Whoever reads the source, a build or a package of it can send email in your name.",
        HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override void Register(CompilationStartAnalysisContext context, SmtpTypes types)
    {
        context.RegisterOperationAction(c => AnalyzeAssignment(c, types), OperationKind.SimpleAssignment);
        context.RegisterOperationAction(c => AnalyzeUrl(c, types), OperationKind.Invocation);
    }

    private static void AnalyzeAssignment(OperationAnalysisContext context, SmtpTypes types)
    {
        var assignment = (ISimpleAssignmentOperation)context.Operation;
        if (assignment.Target is IPropertyReferenceOperation { Property: { } property }
            && IsSecret(property, types)
            && assignment.Value.ConstantValue is { HasValue: true, Value: string { Length: > 0 } text }
            && !IsPlaceholder(text)
            && !LoopbackHost.IsSetBeside(assignment))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, assignment.Value.Syntax.GetLocation(), property.Name));
    }

    private static void AnalyzeUrl(OperationAnalysisContext context, SmtpTypes types)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod.Name is "Parse" or "TryParse"
            && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, types.Options)
            && call.Arguments[0].Value.ConstantValue is { HasValue: true, Value: string text }
            && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.UserInfo.IndexOf(':') is >= 0 and var colon
            && url.UserInfo.Substring(colon + 1) is { Length: > 0 } password
            && !IsPlaceholder(Uri.UnescapeDataString(password))
            && !LoopbackHost.Is(url.Host))
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, call.Arguments[0].Value.Syntax.GetLocation(), "The password"));
    }

    private static bool IsSecret(IPropertySymbol property, SmtpTypes types) =>
        (Secrets.Contains(property.Name) && SymbolEqualityComparer.Default.Equals(property.ContainingType, types.Options))
        || SmtpTypes.Is(property, types.Dkim, "PrivateKey");

    // What a sample has instead of a password.
    private static bool IsPlaceholder(string text) =>
        Placeholders.Contains(text)
        || text.All(c => c is '*' or '.' or '…' or 'x' or 'X')
        || (text[0], text[text.Length - 1]) is ('<', '>') or ('{', '}') or ('[', ']') or ('%', '%');
}
