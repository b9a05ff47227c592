using System.Text;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>
/// Writes a field that is given as text by what it contains. Only free text, names and comments may become encoded words (RFC 2047,
/// section 5); addresses, URIs, ids and what programs read are written as they are.
/// </summary>
internal static partial class HeaderFields
{
    /// <summary>The field that allows servers to do without TLS (RFC 8689, section 5).</summary>
    public const string TlsRequired = "TLS-Required";

    // RFC 5322, section 2.1.1.
    private const int MaxLineLength = 998;

    private static readonly HashSet<string> OfAddresses = new(
        [
            "From", "Sender", "Reply-To", "To", "Cc",
            "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To", "Resent-Cc",
            "Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To", "Errors-To", "X-Errors-To", "Mail-Followup-To",
            "Mail-Reply-To", "Mail-Copies-To", "Apparently-To", "Abuse-Reports-To", "X-Complaints-To", "X-Report-Abuse-To",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> OfUris = new(
        ["List-Help", "List-Unsubscribe", "List-Subscribe", "List-Post", "List-Owner", "List-Archive", "List-Url", "Archived-At"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> ForPrograms = new(
        [
            "Message-ID", "In-Reply-To", "References", "Resent-Message-ID", "Original-Message-ID", "Supersedes", "Content-ID",
            "Date", "Resent-Date", "Delivery-Date", "Expires", "Expiry-Date", "Reply-By", "Deferred-Delivery",
            "Received", "Received-SPF", "Return-Path", "Delivered-To", "Envelope-To", "Original-Recipient", "X-Original-To",
            "Authentication-Results", "X-Original-Authentication-Results", "DomainKey-Signature", "DKIM-Signature",
            "X-Google-DKIM-Signature", "Autocrypt", "BIMI-Selector", "BIMI-Location", "VBR-Info", "List-Unsubscribe-Post",
            "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "Importance", "Priority", "X-Priority", "X-MSMail-Priority",
            "Sensitivity", "Feedback-ID", "Disposition-Notification-Options", "MIME-Version", "TLS-Required", "TLS-Report-Domain",
            "TLS-Report-Submitter", "Require-Recipient-Valid-Since", "MT-Priority", "Accept-Language", "Followup-To",
            "Content-MD5", "Content-Duration", "Content-Features", "Content-Base",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes the value of a field, folded and without the line end after it.</summary>
    /// <exception cref="EmailContentException">A word of a field that cannot be encoded is too long for a line.</exception>
    public static string Write(string field, string value, MailMode mode)
    {
        var column = field.Length + 2;
        if (Addresses(field, value) is { } addresses)
            return HeaderText.Addresses(field, addresses, mode);
        if (OfAddresses.Contains(field) || ForPrograms.Contains(field) || field.StartsWith("ARC-", StringComparison.OrdinalIgnoreCase))
            return ThrowIfTooLong(field, HeaderText.Structured(column, value, mode));
        if (OfUris.Contains(field))
            return ThrowIfTooLong(field, HeaderText.Structured(column, Brackets().Replace(value, match => ToAsciiUri(match.Value)), mode));
        return field.Equals("List-Id", StringComparison.OrdinalIgnoreCase)
            ? ThrowIfTooLong(field, HeaderText.NameAndId(column, value, mode))
            : HeaderText.Unstructured(field, value, mode);
    }

    /// <summary>The first field with an address that requires SMTPUTF8 (RFC 6531), such as <c>Headers[Resent-To]</c>.</summary>
    public static string? SmtpUtf8Field(EmailHeaders headers)
    {
        foreach (var (name, value) in headers)
        {
            if (name is not null && value is not null && Addresses(name, value) is { } addresses
                && addresses.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email)))
                return $"{nameof(Email.Headers)}[{name}]";
        }
        return null;
    }

    /// <summary>The addresses of a field; null if it has none, or if ASCII is to be written as it is.</summary>
    private static EmailAddresses? Addresses(string field, string value) =>
        OfAddresses.Contains(field)
        && (!Ascii.IsValid(value) || value.Contains("=?", StringComparison.Ordinal))
        && EmailAddresses.TryParse(value, out var addresses) && addresses.All(a => AddressSpec.Check(a.Email) is null)
            ? addresses
            : null;

    /// <summary>Writes a URI in angle brackets in ASCII, and so that no reader mistakes a part of it for an encoded word.</summary>
    private static string ToAsciiUri(string bracketed)
    {
        var uri = bracketed;
        if (!Ascii.IsValid(uri))
        {
            if (Uri.TryCreate(uri[1..^1], UriKind.Absolute, out var parsed)
                && uri.IndexOf(parsed.Host, StringComparison.OrdinalIgnoreCase) is var host and > 0)
                uri = $"{uri[..host]}{parsed.IdnHost}{uri[(host + parsed.Host.Length)..]}";
            uri = NotAscii().Replace(uri, match => Uri.EscapeDataString(match.Value));
        }
        // The first question mark of a URI separates its query.
        var query = uri.IndexOf('?', StringComparison.Ordinal);
        if (query > 0 && uri[query - 1] == '=')
            uri = $"{uri[..(query - 1)]}%3D{uri[query..]}";
        return uri.Replace("=?", "=%3F", StringComparison.Ordinal);
    }

    private static string ThrowIfTooLong(string field, string written)
    {
        var column = field.Length + 2;
        foreach (var line in written.AsSpan().EnumerateLines())
        {
            if (column + line.Length > MaxLineLength)
            {
                throw TextCheck.Invalid(
                    $"{nameof(Email.Headers)}[{field}]",
                    $"a word of {line.Length} characters does not fit on a line of {MaxLineLength} (RFC 5322), and it must not be encoded");
            }
            column = 0;
        }
        return written;
    }

    [GeneratedRegex("<[^<>]*>", RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"[^\x00-\x7F]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotAscii();
}
