namespace SmtpTransport;

/// <summary>How much a <see cref="EmailDiagnostic"/> matters.</summary>
public enum DiagnosticSeverity
{
    /// <summary>The mail is sent, but may not look or arrive as meant.</summary>
    Warning,

    /// <summary>The mail cannot be sent, or a part of it is surely broken.</summary>
    Error,
}
