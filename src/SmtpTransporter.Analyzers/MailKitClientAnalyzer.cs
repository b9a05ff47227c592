using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP011: a method sends with the client of MailKit, in a way that a transporter can take over.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class MailKitClientAnalyzer : ClientAnalyzer
{
    internal const string Id = "SMTP011";

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "A MailKit client can be replaced",
        "This client of MailKit can be replaced with an SmtpTransporter",
        Category, DiagnosticSeverity.Hidden, true, Reason, HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override string ClientType => MailKitClientReader.ClientType;

    /// <inheritdoc/>
    protected override ClientReader CreateReader(
        SemanticModel model, ClientConversion conversion, CancellationToken cancellationToken) =>
        new MailKitClientReader(model, conversion, cancellationToken);
}
