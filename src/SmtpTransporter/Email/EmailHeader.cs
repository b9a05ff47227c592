namespace SmtpTransport;

/// <summary>One additional header field of an email.</summary>
/// <param name="Name">The field's name in ASCII, without the colon. A header without a name is not written.</param>
/// <param name="Value">The field's value as text. It is folded; what is not ASCII is encoded where the field allows it.</param>
/// <remarks>
/// Free text, names and comments become encoded words (RFC 2047). Addresses have their domain in punycode, URIs of lists are
/// percent-encoded, and the fields for programs, such as <c>References</c>, are written as they are. Immutable and safe to share between
/// threads.
/// </remarks>
public sealed record EmailHeader(string? Name, string? Value)
{
    internal bool IsNamed(string name) => name.Equals(Name, StringComparison.OrdinalIgnoreCase);
}
