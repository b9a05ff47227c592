namespace SmtpTransport;

/// <summary>How an email is written as MIME: the charsets of its headers and bodies, and the encoding of its attachments' names.</summary>
internal sealed record MimeWriteOptions(MailMode Header, MailMode Body, AttachmentNameEncoding Names = AttachmentNameEncoding.Rfc2231)
{
    /// <summary>Whether the message is sent: it then has a date and a Message-ID even if it was read without them.</summary>
    public bool IsSent { get; init; }

    /// <summary>
    /// Whether the octets of what was read are kept even if no server would accept them, such as a bare CR. Otherwise those parts are
    /// written anew.
    /// </summary>
    public bool KeepsAllOctets { get; init; }

    public static MimeWriteOptions FromServerOptions(ServerOptions options) =>
        new(options.HeaderCharset, options.BodyCharset, options.AttachmentNameEncoding) { IsSent = true };
}
