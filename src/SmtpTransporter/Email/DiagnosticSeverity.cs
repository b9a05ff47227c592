namespace SmtpTransport;

/// <summary>How severe an <see cref="EmailDiagnostic"/> is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Something that cannot be known before the email is sent, or that one should know.</summary>
    Information,

    /// <summary>The email can be sent, but may not look or arrive as intended.</summary>
    Warning,

    /// <summary>The email cannot be sent, or a part of it is broken for every reader.</summary>
    Error,
}
