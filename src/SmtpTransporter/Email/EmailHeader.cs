namespace SmtpTransport;

/// <summary>One additional header field of an email.</summary>
/// <param name="Name">The field's name in ASCII, without the colon. A header without a name is not written.</param>
/// <param name="Value">The field's value as text. It is encoded if it is not ASCII (RFC 2047), and folded.</param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record EmailHeader(string? Name, string? Value);
