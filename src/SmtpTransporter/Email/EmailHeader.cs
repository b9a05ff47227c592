namespace SmtpTransport;

/// <summary>One further header field of a mail. Immutable.</summary>
/// <param name="Name">The field's name in ASCII, without the colon. A header with no name is not added.</param>
/// <param name="Value">The field's value as text; it is encoded where it is not ASCII (RFC 2047) and folded.</param>
public sealed record EmailHeader(string? Name, string? Value);
