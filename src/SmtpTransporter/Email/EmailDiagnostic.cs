namespace SmtpTransport;

/// <summary>One thing that <see cref="Email.Analyze"/> has found. Immutable.</summary>
/// <param name="Code">A stable name for the kind of finding, such as <c>placeholder</c>; all are listed at <see cref="Email.Analyze"/>.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Property">The property of the mail, such as <c>HtmlBody</c>.</param>
/// <param name="Message">What was found, for a person.</param>
public sealed record EmailDiagnostic(string Code, DiagnosticSeverity Severity, string Property, string Message);
