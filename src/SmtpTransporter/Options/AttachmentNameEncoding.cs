namespace SmtpTransport;

/// <summary>How the names of attachments outside ASCII are written.</summary>
public enum AttachmentNameEncoding
{
    /// <summary>As the standard requires (RFC 2231). The default.</summary>
    Rfc2231,

    /// <summary>As encoded words (RFC 2047) in a quoted string: not standard, but readable for old versions of Outlook.</summary>
    Rfc2047,
}
