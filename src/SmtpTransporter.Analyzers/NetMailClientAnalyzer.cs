using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace SmtpTransport.Analyzers;

/// <summary>SMTP010: a method sends with the client of System.Net.Mail, in a way that a transporter can take over.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class NetMailClientAnalyzer : ClientAnalyzer
{
    internal const string Id = "SMTP010";

    private static readonly DiagnosticDescriptor Descriptor = new(
        Id, "System.Net.Mail can be replaced",
        "This client of System.Net.Mail can be replaced with an SmtpTransporter",
        Category, DiagnosticSeverity.Hidden, true, Reason, HelpLinks.Of(Id));

    /// <inheritdoc/>
    protected override DiagnosticDescriptor Rule => Descriptor;

    /// <inheritdoc/>
    protected override string ClientType => NetMailClientReader.ClientType;

    /// <inheritdoc/>
    protected override ClientReader CreateReader(
        SemanticModel model, ClientConversion conversion, CancellationToken cancellationToken) =>
        new NetMailClientReader(model, conversion, cancellationToken);
}
