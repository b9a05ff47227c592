namespace SmtpTransport;

/// <summary>One problem that <see cref="Email.Analyze"/> found.</summary>
/// <param name="Code">The kind of problem: one of <see cref="EmailDiagnosticCodes"/>.</param>
/// <param name="Severity">How severe it is.</param>
/// <param name="Property">The property of the email, such as <c>HtmlBody</c>; empty if the problem belongs to none.</param>
/// <param name="Message">What was found, for a person.</param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record EmailDiagnostic(string Code, DiagnosticSeverity Severity, string Property, string Message);
