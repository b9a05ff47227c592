namespace SmtpTransport;

/// <summary>How an attachment's name that is not ASCII is written.</summary>
public enum AttachmentNameEncoding
{
    /// <summary>As the standard says (RFC 2231). The default.</summary>
    Rfc2231,

    /// <summary>As encoded words (RFC 2047) in a quoted string: not in the standard, but what old versions of Outlook read.</summary>
    Rfc2047,
}
