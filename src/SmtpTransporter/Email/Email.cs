using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>
/// A mail: plain data, filled by the caller and never changed by a send. What it holds is checked where it is sent. Not safe for
/// concurrent change; a send takes what is there at the call.
/// </summary>
public sealed partial class Email
{
    // Made when they are asked for: most mails have few of them.
    private EmailAddresses? _from;
    private EmailAddresses? _sender;
    private EmailAddresses? _replyTo;
    private EmailAddresses? _to;
    private EmailAddresses? _cc;
    private EmailAddresses? _bcc;
    private List<MailAttachment>? _attachments;
    private EmailHeaders? _headers;
    private List<string>? _keywords;
    private List<string>? _references;
    private List<X509Certificate2>? _encryptFor;
    private string? _textBody;
    private string? _htmlBody;

    /// <summary>Who wrote the mail. Mandatory. Several need a <see cref="Sender"/> (RFC 5322, section 3.6.2).</summary>
    public EmailAddresses From
    {
        get => _from ??= [];
        set => _from = value;
    }

    /// <summary>Who hands the mail in, where that is not the one From. At most one address. Written only if set.</summary>
    public EmailAddresses Sender
    {
        get => _sender ??= [];
        set => _sender = value;
    }

    /// <summary>Where replies go, if not to From.</summary>
    public EmailAddresses ReplyTo
    {
        get => _replyTo ??= [];
        set => _replyTo = value;
    }

    /// <summary>The recipients. At least one of To, Cc and Bcc is mandatory.</summary>
    public EmailAddresses To
    {
        get => _to ??= [];
        set => _to = value;
    }

    /// <summary>Recipients of a copy.</summary>
    public EmailAddresses Cc
    {
        get => _cc ??= [];
        set => _cc = value;
    }

    /// <summary>Recipients that no other sees: they are in the envelope only, never in the message.</summary>
    public EmailAddresses Bcc
    {
        get => _bcc ??= [];
        set => _bcc = value;
    }

    /// <summary>The subject as text. Null: no Subject header.</summary>
    public string? Subject { get; set; }

    /// <summary>
    /// The body as plain text; any line ends, written as CRLF. With <see cref="HtmlBody"/> too: <c>multipart/alternative</c>. In a mail with a
    /// <see cref="BodyStructure"/>: the contents of its first <c>text/plain</c>; null takes that part out.
    /// </summary>
    public string? TextBody
    {
        get => BodyStructureWalker.Text(this, "text/plain") ?? _textBody;
        set => _textBody = BodyStructureWalker.SetText(this, "text/plain", value) ? null : value;
    }

    /// <summary>
    /// The body as HTML. In a mail with a <see cref="BodyStructure"/>: the contents of its first <c>text/html</c>; null takes that part out.
    /// </summary>
    public string? HtmlBody
    {
        get => BodyStructureWalker.Text(this, "text/html") ?? _htmlBody;
        set => _htmlBody = BodyStructureWalker.SetText(this, "text/html", value) ? null : value;
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
    public IList<MailAttachment> Attachments => _attachments ??= [];

    /// <summary>Further header fields.</summary>
    public EmailHeaders Headers => _headers ??= [];

    /// <summary>Words about the mail: the <c>Keywords</c> header, comma-separated.</summary>
    public IList<string> Keywords => _keywords ??= [];

    /// <summary>The <c>Comments</c> header.</summary>
    public string? Comments { get; set; }

    /// <summary>The Message-ID, with or without angle brackets. Null: one is made under the domain of From.</summary>
    public string? MessageId { get; set; }

    /// <summary>The Message-ID of the mail that this one answers, with or without angle brackets; several are separated by blanks.</summary>
    public string? InReplyTo { get; set; }

    /// <summary>The Message-IDs of the conversation, oldest first, with or without angle brackets.</summary>
    public IList<string> References => _references ??= [];

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
    public IList<X509Certificate2> EncryptFor => _encryptFor ??= [];

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

    /// <summary>What it has in common with the other mails of a merge; null where it is of none.</summary>
    internal MergePartCache? Shared { get; private set; }

    /// <summary>The texts and parts that were set by hand, beside the tree.</summary>
    internal (string? Text, string? Html) OwnBodies => (_textBody, _htmlBody);

    /// <summary>A copy that later changes of this mail do not reach. The attachments themselves are shared; they cannot change.</summary>
    internal Email Copy() => CopyFor(null, MessageId);

    /// <summary>The same mail to these recipients only.</summary>
    internal Email For(IReadOnlyCollection<string> recipients, string messageId)
    {
        var keep = new HashSet<string>(recipients, StringComparer.OrdinalIgnoreCase);
        return CopyFor(address => keep.Contains(AddressSpec.WithAsciiDomain(address.Email)), messageId);
    }

    /// <summary>The same mail to the same recipients.</summary>
    internal Email ForAll(string messageId) => CopyFor(null, messageId);

    private Email CopyFor(Func<EmailAddress, bool>? keep, string? messageId)
    {
        var copy = new Email
        {
            _from = _from?.Copy(),
            _sender = _sender?.Copy(),
            _replyTo = _replyTo?.Copy(),
            _to = _to?.Copy(keep),
            _cc = _cc?.Copy(keep),
            _bcc = _bcc?.Copy(keep),
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
            Shared = Shared,
            _encryptFor = Copied(_encryptFor),
            _references = Copied(_references),
            _keywords = Copied(_keywords),
            _attachments = Copied(_attachments),
        };
        if (_headers is not null)
        {
            foreach (var header in _headers)
                copy.Headers.Add(header);
        }
        return copy;
    }

    private static List<T>? Copied<T>(List<T>? list) => list is { Count: > 0 } ? [.. list] : null;
}
