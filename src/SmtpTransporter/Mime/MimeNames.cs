namespace SmtpTransport;

/// <summary>Checks the names that a message can contain: of fields, parameters and charsets, and Content-IDs.</summary>
internal static class MimeNames
{
    /// <summary>RFC 5322, section 2.2; short enough to stand on a line with a space and an encoded word.</summary>
    public static bool IsFieldName(string name) => name.Length is > 0 and <= 76 && !name.Any(c => c is <= ' ' or ':' or >= (char)127);

    public static bool IsContentId(string cid) => cid.Length is > 0 and <= 900 && !cid.Any(c => c is <= ' ' or '<' or '>' or >= (char)127);

    public static bool IsCharset(string name) =>
        name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '+');

    public static bool IsParameter(string name) =>
        name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
