using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>
/// A mail: plain data, filled by the caller and never changed by a send. What it holds is checked where it is sent. Not safe for
/// concurrent change; a send takes what is there at the call.
/// </summary>
public sealed partial class Email
{
    private string? _textBody;
    private string? _htmlBody;

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

    /// <summary>
    /// The body as plain text; any line ends, written as CRLF. With <see cref="HtmlBody"/> too: <c>multipart/alternative</c>. In a mail with a
    /// <see cref="BodyStructure"/>: the contents of its first <c>text/plain</c>; null takes that part out.
    /// </summary>
    public string? TextBody
    {
        get => MailTree.Text(this, "text/plain") ?? _textBody;
        set => _textBody = MailTree.SetText(this, "text/plain", value) ? null : value;
    }

    /// <summary>
    /// The body as HTML. In a mail with a <see cref="BodyStructure"/>: the contents of its first <c>text/html</c>; null takes that part out.
    /// </summary>
    public string? HtmlBody
    {
        get => MailTree.Text(this, "text/html") ?? _htmlBody;
        set => _htmlBody = MailTree.SetText(this, "text/html", value) ? null : value;
    }

    /// <summary>
    /// The whole MIME tree, as a mail read from MIME has it; null for a mail that is made of its bodies and attachments. It comes together with
    /// <see cref="BodyValues"/>. Attachments that are not in the tree are added to it.
    /// </summary>
    public MailPart? BodyStructure { get; set; }

    /// <summary>The texts of <see cref="BodyStructure"/>, by <see cref="MailPart.PartId"/>.</summary>
    public IDictionary<string, MailBodyValue>? BodyValues { get; set; }

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

    /// <summary>How urgent the mail is. Default <see cref="MailPriority.Normal"/>: nothing is written.</summary>
    public MailPriority Priority { get; set; }

    /// <summary>An invitation, or another calendar message, as an alternative to the bodies. Default none.</summary>
    public MailCalendar? Calendar { get; set; }

    /// <summary>
    /// The delivery status notifications that are asked for (DSN, RFC 3461); they come to <see cref="ReturnPath"/>. Default
    /// <see cref="DeliveryNotifications.Unspecified"/>. Where the server does not offer DSN, nothing is sent, and an error says so.
    /// </summary>
    public DeliveryNotifications Notify { get; set; }

    /// <summary>
    /// An id of the caller's that notifications give back (RFC 3461, ENVID): 1 to 100 printable ASCII characters. Default none.
    /// </summary>
    public string? EnvelopeId { get; set; }

    /// <summary>
    /// Certificates of the recipients: the mail is encrypted for them (S/MIME, AES-256), after it was signed where the transporter signs. Each
    /// recipient must be named by one of them, or nothing is sent. Headers, the subject among them, are not encrypted. Default none.
    /// </summary>
    public IList<X509Certificate2> EncryptFor { get; } = new List<X509Certificate2>();

    /// <summary>
    /// The envelope's sender, where bounces go (RFC 5321, section 4.4). Null: <see cref="Sender"/>, else the first From. <c>""</c>: the null
    /// path, for a mail that must not bounce.
    /// </summary>
    public string? ReturnPath { get; set; }

    /// <summary>The id of a received mail in its mailbox. Never written.</summary>
    public string? Id { get; set; }

    /// <summary>When a received mail arrived: the date of its topmost Received header. Never written.</summary>
    public DateTimeOffset? ReceivedAt { get; set; }

    /// <summary>The size of a received mail in octets. Never written.</summary>
    public long? Size { get; set; }

    /// <summary>The texts and parts that were set by hand, beside the tree.</summary>
    internal (string? Text, string? Html) OwnBodies => (_textBody, _htmlBody);

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
            _textBody = _textBody,
            _htmlBody = _htmlBody,
            BodyStructure = BodyStructure?.Copy(),
            BodyValues = BodyValues is null ? null : new Dictionary<string, MailBodyValue>(BodyValues),
            Id = Id,
            ReceivedAt = ReceivedAt,
            Size = Size,
            Comments = Comments,
            MessageId = messageId,
            InReplyTo = InReplyTo,
            SendAt = SendAt,
            ReturnPath = ReturnPath,
            Priority = Priority,
            Calendar = Calendar,
            Notify = Notify,
            EnvelopeId = EnvelopeId,
        };
        AddAll(Attachments, copy.Attachments);
        AddAll(Headers, copy.Headers);
        AddAll(Keywords, copy.Keywords);
        AddAll(References, copy.References);
        AddAll(EncryptFor, copy.EncryptFor);
        return copy;
    }

    private static void AddAll<T>(IList<T> from, IList<T> to)
    {
        foreach (var item in from)
            to.Add(item);
    }
}
