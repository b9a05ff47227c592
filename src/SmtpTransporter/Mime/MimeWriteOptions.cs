namespace SmtpTransport;

/// <summary>How an email is written as MIME: the charsets of its headers and bodies, and the encoding of its attachments' names.</summary>
internal sealed record MimeWriteOptions(MailMode Header, MailMode Body, AttachmentNameEncoding Names = AttachmentNameEncoding.Rfc2231)
{
    public static MimeWriteOptions FromServerOptions(ServerOptions options) =>
        new(options.HeaderCharset, options.BodyCharset, options.AttachmentNameEncoding);
}
