namespace SmtpTransport;

/// <summary>
/// A mail: plain data, filled by the caller and never changed by a send. What it holds is checked where it is sent. Not safe for
/// concurrent change; a send takes what is there at the call.
/// </summary>
public sealed class Email
{
    /// <summary>Who wrote the mail. Mandatory. Several need a <see cref="Sender"/> (RFC 5322, section 3.6.2).</summary>
    public EmailAddresses From { get; set; } = [];

    /// <summary>Who hands the mail in, where that is not the one From. At most one address. Written only if set.</summary>
    public EmailAddresses Sender { get; set; } = [];

    /// <summary>Where replies go, if not to From.</summary>
    public EmailAddresses ReplyTo { get; set; } = [];

    /// <summary>The recipients. At least one of To, Cc and Bcc is mandatory.</summary>
    public EmailAddresses To { get; set; } = [];

    /// <summary>Recipients of a copy.</summary>
    public EmailAddresses Cc { get; set; } = [];

    /// <summary>Recipients that no other sees: they are in the envelope only, never in the message.</summary>
    public EmailAddresses Bcc { get; set; } = [];

    /// <summary>The subject as text. Null: no Subject header.</summary>
    public string? Subject { get; set; }

    /// <summary>The body as plain text; any line ends, written as CRLF. With <see cref="HtmlBody"/> too: <c>multipart/alternative</c>.</summary>
    public string? TextBody { get; set; }

    /// <summary>The body as HTML.</summary>
    public string? HtmlBody { get; set; }

    /// <summary>
    /// The attachments. Those with a <see cref="MailAttachment.Cid"/> go beside the HTML body (<c>multipart/related</c>), the others into
    /// <c>multipart/mixed</c>.
    /// </summary>
    public IList<MailAttachment> Attachments { get; } = new List<MailAttachment>();

    /// <summary>Further header fields.</summary>
    public EmailHeaders Headers { get; } = [];

    /// <summary>Words about the mail: the <c>Keywords</c> header, comma-separated.</summary>
    public IList<string> Keywords { get; } = new List<string>();

    /// <summary>The <c>Comments</c> header.</summary>
    public string? Comments { get; set; }

    /// <summary>The Message-ID, with or without angle brackets. Null: one is made under the domain of From.</summary>
    public string? MessageId { get; set; }

    /// <summary>The Message-ID of the mail that this one answers, with or without angle brackets; several are separated by blanks.</summary>
    public string? InReplyTo { get; set; }

    /// <summary>The Message-IDs of the conversation, oldest first, with or without angle brackets.</summary>
    public IList<string> References { get; } = new List<string>();

    /// <summary>The <c>Date</c> header, written in UTC. Null: the time of the send.</summary>
    public DateTimeOffset? SendAt { get; set; }

    /// <summary>
    /// The envelope's sender, where bounces go (RFC 5321, section 4.4). Null: <see cref="Sender"/>, else the first From. <c>""</c>: the null
    /// path, for a mail that must not bounce.
    /// </summary>
    public string? ReturnPath { get; set; }

    /// <summary>A copy that later changes of this mail do not reach. The attachments themselves are shared; they cannot change.</summary>
    internal Email Copy() => CopyFor(_ => true, MessageId);

    /// <summary>The same mail to these recipients only.</summary>
    internal Email For(IReadOnlyCollection<string> recipients, string messageId)
    {
        var keep = new HashSet<string>(recipients, StringComparer.OrdinalIgnoreCase);
        return CopyFor(address => keep.Contains(AddressSpec.WithAsciiDomain(address.Email)), messageId);
    }

    private Email CopyFor(Func<EmailAddress, bool> keep, string? messageId)
    {
        var copy = new Email
        {
            From = (From ?? []).Copy(),
            Sender = (Sender ?? []).Copy(),
            ReplyTo = (ReplyTo ?? []).Copy(),
            To = (To ?? []).Copy(keep),
            Cc = (Cc ?? []).Copy(keep),
            Bcc = (Bcc ?? []).Copy(keep),
            Subject = Subject,
            TextBody = TextBody,
            HtmlBody = HtmlBody,
            Comments = Comments,
            MessageId = messageId,
            InReplyTo = InReplyTo,
            SendAt = SendAt,
            ReturnPath = ReturnPath,
        };
        AddAll(Attachments, copy.Attachments);
        AddAll(Headers, copy.Headers);
        AddAll(Keywords, copy.Keywords);
        AddAll(References, copy.References);
        return copy;
    }

    private static void AddAll<T>(IList<T> from, IList<T> to)
    {
        foreach (var item in from)
            to.Add(item);
    }
}
