using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>An email: plain data that the caller fills in and a send never changes.</summary>
/// <remarks>
/// Its content is checked when it is sent: an invalid email is an error of the result that names the property. A send uses the content at
/// the time of the call. Not safe for concurrent changes.
/// </remarks>
public sealed partial class Email
{
    // Created on demand: most emails use few of them.
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
    private MailCalendar? _calendar;
    private IReadOnlyList<MailAlternative> _alternatives = [];

    /// <summary>The authors of the message. Required; several need a <see cref="Sender"/> (RFC 5322, section 3.6.2).</summary>
    public EmailAddresses From
    {
        get => _from ??= [];
        set => _from = value;
    }

    /// <summary>The mailbox that submitted the message, if different from <see cref="From"/>. At most one address. Default none.</summary>
    public EmailAddresses Sender
    {
        get => _sender ??= [];
        set => _sender = value;
    }

    /// <summary>The addresses for replies, if different from <see cref="From"/>. Default none.</summary>
    public EmailAddresses ReplyTo
    {
        get => _replyTo ??= [];
        set => _replyTo = value;
    }

    /// <summary>The recipients. At least one address in To, Cc, Bcc or <see cref="Envelope"/> is required.</summary>
    public EmailAddresses To
    {
        get => _to ??= [];
        set => _to = value;
    }

    /// <summary>The recipients of a copy. Default none.</summary>
    public EmailAddresses Cc
    {
        get => _cc ??= [];
        set => _cc = value;
    }

    /// <summary>The recipients that no other recipient sees: they are in the envelope only, never in the message. Default none.</summary>
    public EmailAddresses Bcc
    {
        get => _bcc ??= [];
        set => _bcc = value;
    }

    /// <summary>The subject as text. Null, the default, writes no Subject header.</summary>
    public string? Subject { get; set; }

    /// <summary>The body as plain text, with any line endings; they are written as CRLF. Default none.</summary>
    /// <remarks>
    /// With an <see cref="HtmlBody"/>, both become a <c>multipart/alternative</c> (RFC 2046, section 5.1.4). If there is a
    /// <see cref="BodyStructure"/>, this is the text of its <c>text/plain</c> parts that are not attachments, joined: a new text replaces
    /// all of them, or is added, and null removes them.
    /// </remarks>
    public string? TextBody
    {
        get => BodyTexts.Get(this, "text/plain") ?? _textBody;
        set => _textBody = BodyTexts.TrySet(this, "text/plain", value) ? null : value;
    }

    /// <summary>The body as HTML. Default none.</summary>
    /// <remarks>
    /// If there is a <see cref="BodyStructure"/>, this is the text of its <c>text/html</c> parts that are not attachments, joined: a new
    /// text replaces all of them, or is added, and null removes them.
    /// </remarks>
    public string? HtmlBody
    {
        get => BodyTexts.Get(this, "text/html") ?? _htmlBody;
        set => _htmlBody = BodyTexts.TrySet(this, "text/html", value) ? null : value;
    }

    /// <summary>
    /// The whole MIME tree (RFC 2045, section 2), as in an email read from MIME. Null, the default, builds the tree from bodies and
    /// attachments.
    /// </summary>
    /// <remarks>It requires <see cref="BodyValues"/>. Attachments that are not in the tree are added when the message is written.</remarks>
    public MailPart? BodyStructure { get; set; }

    /// <summary>The texts of <see cref="BodyStructure"/> by <see cref="MailPart.PartId"/>. Default null, as for that.</summary>
    public IDictionary<string, MailBodyValue>? BodyValues { get; set; }

    /// <summary>The attachments. Default none.</summary>
    /// <remarks>
    /// Those with a <see cref="MailAttachment.Cid"/> and the HTML body form a <c>multipart/related</c> (RFC 2387); the others are parts of
    /// a <c>multipart/mixed</c>.
    /// </remarks>
    public IList<MailAttachment> Attachments => _attachments ??= [];

    /// <summary>Additional header fields. Default none.</summary>
    public EmailHeaders Headers => _headers ??= [];

    /// <summary>Keywords: the <c>Keywords</c> header, comma-separated (RFC 5322, section 3.6.5). Default none.</summary>
    public IList<string> Keywords => _keywords ??= [];

    /// <summary>The <c>Comments</c> header (RFC 5322, section 3.6.5). Default none.</summary>
    public string? Comments { get; set; }

    /// <summary>The Message-ID, with or without angle brackets. Null, the default, generates one under the domain of From.</summary>
    public string? MessageId { get; set; }

    /// <summary>
    /// The Message-ID that this email replies to, with or without angle brackets; several are separated by spaces. Default none.
    /// </summary>
    public string? InReplyTo { get; set; }

    /// <summary>The Message-IDs of the conversation, oldest first, with or without angle brackets. Default none.</summary>
    public IList<string> References => _references ??= [];

    /// <summary>The <c>Date</c> header, written in UTC. Null, the default, uses the time of the send. It does not delay the send.</summary>
    public DateTimeOffset? SendAt { get; set; }

    /// <summary>How urgent the email is. Default <see cref="MailPriority.Normal"/>, which writes no header field.</summary>
    public MailPriority Priority { get; set; }

    /// <summary>An invitation, or another calendar message, as an alternative to the bodies (RFC 6047). Default none.</summary>
    /// <remarks>
    /// If there is a <see cref="BodyStructure"/>, this is its first <c>text/calendar</c> part that is not an attachment: a new calendar
    /// replaces it, or is added, and null removes it.
    /// </remarks>
    public MailCalendar? Calendar
    {
        get => CalendarPart.Get(this) ?? _calendar;
        set => _calendar = CalendarPart.TrySet(this, value) ? null : value;
    }

    /// <summary>
    /// Further forms of the body, such as AMP or Markdown: between the text and the HTML, in this order. Default none.
    /// </summary>
    /// <remarks>
    /// A reader shows the last form that it knows (RFC 2046, section 5.1.4). If there is a <see cref="BodyStructure"/>, these are the other
    /// texts in its <c>multipart/alternative</c>, which remain among the <see cref="Attachments"/> of a received email; a new list replaces
    /// them.
    /// </remarks>
    public IReadOnlyList<MailAlternative> Alternatives
    {
        get => AlternativeParts.Get(this) ?? _alternatives;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _alternatives = AlternativeParts.TrySet(this, value) ? [] : [.. value];
        }
    }

    /// <summary>
    /// The delivery status notifications to request (DSN, RFC 3461). Default <see cref="DeliveryNotifications.Unspecified"/>.
    /// </summary>
    /// <remarks>
    /// They are sent to <see cref="ReturnPath"/>. If the server does not offer DSN, nothing is sent, and the result has the error
    /// <see cref="SmtpErrorCodes.DsnRequired"/>.
    /// </remarks>
    public DeliveryNotifications Notify { get; set; }

    /// <summary>
    /// An id that the notifications repeat (RFC 3461, section 4.4, <c>ENVID</c>): 1 to 100 printable ASCII characters. Default none.
    /// </summary>
    public string? EnvelopeId { get; set; }

    /// <summary>
    /// The certificates of the recipients, for whom the message is encrypted (S/MIME, AES-256). Default none: no encryption.
    /// </summary>
    /// <remarks>
    /// Each recipient must be named by one of the certificates, or nothing is sent. If the transporter signs, it signs before it encrypts.
    /// The header, including the subject, is not encrypted.
    /// </remarks>
    public IList<X509Certificate2> EncryptFor => _encryptFor ??= [];

    /// <summary>
    /// The sender of the envelope, which receives bounces (RFC 5321, section 4.4). Null, the default, uses <see cref="Sender"/> or else the
    /// first address of <see cref="From"/>. <c>""</c> is the null path, for a message that must not bounce.
    /// </summary>
    public string? ReturnPath { get; set; }

    /// <summary>
    /// Whether the message may travel without TLS (RFC 8689). Default <see cref="TlsRequirement.Unspecified"/>: as each server decides.
    /// </summary>
    /// <remarks>
    /// <see cref="TlsRequirement.Required"/> is sent only over TLS, to a server whose certificate was verified and which offers REQUIRETLS:
    /// otherwise nothing is sent, and the result has the error <see cref="SmtpErrorCodes.RequireTlsUnavailable"/>. <see
    /// cref="TlsRequirement.NotRequired"/> changes nothing about the connection to the server of the options.
    /// </remarks>
    public TlsRequirement TlsRequirement { get; set; }

    /// <summary>
    /// The sender and the recipients that the server gets, separate from the fields of the message. Null, the default, derives them:
    /// the sender from <see cref="ReturnPath"/>, <see cref="Sender"/> or <see cref="From"/>, the recipients from <see cref="To"/>,
    /// <see cref="Cc"/> and <see cref="Bcc"/>.
    /// </summary>
    /// <remarks>
    /// With an envelope, the message shows To and Cc as they are, and only the recipients of the envelope receive it: the rest of the
    /// recipients after a partial acceptance (<see cref="SendResult.RetryEmail"/>), one subscriber of a list, one Bcc recipient.
    /// <see cref="Bcc"/> then has no effect. <see cref="FromMime(byte[])"/> never sets it: the content of a message does not say where the
    /// message goes.
    /// </remarks>
    public MailEnvelope? Envelope { get; set; }

    /// <summary>
    /// The kind of emails it belongs to, for example <c>newsletter</c>, from which a recipient may have unsubscribed
    /// (<see cref="ISuppressionList"/>, <see cref="UnsubscribeLinks"/>); at most 200 characters, compared as they are. Default none.
    /// </summary>
    /// <remarks>
    /// It is not a part of the message. An email without a stream is held back only from addresses that are suppressed for all emails.
    /// </remarks>
    public string? Stream { get; set; }

    /// <summary>The id of a received email in its mailbox. It is never written.</summary>
    public string? Id { get; set; }

    /// <summary>When a received email arrived: the date of its topmost Received header. It is never written.</summary>
    public DateTimeOffset? ReceivedAt { get; set; }

    /// <summary>The size of a received email in bytes. It is never written.</summary>
    public long? Size { get; set; }

    /// <summary>The parts that it shares with the other emails of a merge; null if it belongs to none.</summary>
    internal MergePartCache? Shared { get; private set; }

    /// <summary>The bodies that are not in <see cref="BodyStructure"/>.</summary>
    internal (string? Text, string? Html, MailCalendar? Calendar) OwnBodies => (_textBody, _htmlBody, _calendar);

    /// <summary>The alternatives that are not in <see cref="BodyStructure"/>.</summary>
    internal IReadOnlyList<MailAlternative> OwnAlternatives => _alternatives;

    /// <summary>The header of the message that the email was read from, with the empty line after it; empty if it was not read.</summary>
    internal ReadOnlyMemory<byte> ReceivedHeader { get; set; }

    /// <summary>Names an attachment of this email in an error: its index, and its path or name.</summary>
    internal string LabelOf(MailAttachment attachment) => string.Create(
        CultureInfo.InvariantCulture,
        $"{nameof(Attachments)}[{Attachments.IndexOf(attachment)}] (\"{attachment.Path ?? attachment.Name}\")");

    /// <summary>A copy that later changes of this email do not affect. The attachments are shared; they are immutable.</summary>
    internal Email Copy()
    {
        var copy = new Email
        {
            _from = _from?.Copy(),
            _sender = _sender?.Copy(),
            _replyTo = _replyTo?.Copy(),
            _to = _to?.Copy(),
            _cc = _cc?.Copy(),
            _bcc = _bcc?.Copy(),
            Subject = Subject,
            _textBody = _textBody,
            _htmlBody = _htmlBody,
            BodyStructure = BodyStructure?.Copy(),
            BodyValues = BodyValues is null ? null : new Dictionary<string, MailBodyValue>(BodyValues),
            Id = Id,
            ReceivedAt = ReceivedAt,
            Size = Size,
            Comments = Comments,
            MessageId = MessageId,
            InReplyTo = InReplyTo,
            SendAt = SendAt,
            ReturnPath = ReturnPath,
            Envelope = Envelope,
            Stream = Stream,
            Priority = Priority,
            _calendar = _calendar,
            _alternatives = _alternatives,
            ReceivedHeader = ReceivedHeader,
            Notify = Notify,
            EnvelopeId = EnvelopeId,
            TlsRequirement = TlsRequirement,
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
