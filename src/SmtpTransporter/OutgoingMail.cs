using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A mail that is ready to be sent: the envelope, the message, and the files that it holds open until it is disposed. Not safe for concurrent use.
/// </summary>
internal sealed class OutgoingMail(Envelope envelope, MimeMessage message, string messageId, Email? email, IReadOnlyList<IDisposable> open) : IDisposable
{
    private static readonly FormatOptions Ascii = NewFormat(international: false);
    private static readonly FormatOptions International = NewFormat(international: true);

    private MessageBytes? _bytes;
    private bool _isSevenBit;

    public Envelope Envelope { get; } = envelope;

    public MimeMessage Message { get; } = message;

    public string MessageId { get; } = messageId;

    /// <summary>The mail as it was at the call; null for a MIME message.</summary>
    public Email? Email { get; } = email;

    /// <summary>The property with an address that only SMTPUTF8 can carry; null where there is none.</summary>
    public string? SmtpUtf8Address { get; init; } = envelope.SmtpUtf8Address;

    public bool NeedsSmtpUtf8 => SmtpUtf8Address is not null;

    public DeliveryNotifications Notify { get; init; }

    public string? EnvelopeId { get; init; }

    public bool NeedsDsn => Notify != DeliveryNotifications.Unspecified || EnvelopeId is not null;

    /// <summary>True where the transfer encodings are final: nothing may be changed any more, or nothing needs to be for a server with 8BITMIME.</summary>
    public bool IsSigned { get; private init; }

    /// <summary>What is worth a warning in the result, such as a certificate that does not name the sender.</summary>
    public SmtpError? Warning { get; private init; }

    /// <summary>How the message is written: signatures must see it as the server will.</summary>
    public FormatOptions Format => NeedsSmtpUtf8 ? International : Ascii;

    public OutgoingMail Signed(MimeMessage message, SmtpError? warning) => new(Envelope, message, MessageId, Email, open)
    {
        SmtpUtf8Address = SmtpUtf8Address,
        Notify = Notify,
        EnvelopeId = EnvelopeId,
        Warning = warning,
        IsSigned = true,
    };

    /// <summary>The message as octets, which stay here until the mail is disposed: it is written once, however often it is sent.</summary>
    public MessageBytes Bytes(bool eightBitMime, bool measure, CancellationToken cancellationToken)
    {
        if (_bytes is not null && (eightBitMime || _isSevenBit || !_bytes.IsEightBit) && (_bytes.IsMeasured || !measure))
            return _bytes;
        _bytes?.Dispose();
        _bytes = null;
        Prepare(eightBitMime);
        _isSevenBit = !eightBitMime;
        return _bytes = MessageBytes.Of(Message, Format, measure, cancellationToken);
    }

    public void Dispose()
    {
        _bytes?.Dispose();
        foreach (var stream in open)
            stream.Dispose();
    }

    // What is built here has its encodings already, and they hold for 8BITMIME.
    private void Prepare(bool eightBitMime)
    {
        if (IsSigned || (Email is not null && eightBitMime) || HasSignature(Message))
            return;
        if (!eightBitMime)
            MimeBody.MakeSevenBit(Message);
        Message.Prepare(eightBitMime ? EncodingConstraint.EightBit : EncodingConstraint.SevenBit);
    }

    private static bool HasSignature(MimeMessage message) =>
        message.Headers.Contains(HeaderId.DkimSignature) || message.Headers.Contains(HeaderId.DomainKeySignature) || message.Headers.Contains(HeaderId.ArcSeal);

    private static FormatOptions NewFormat(bool international)
    {
        var format = FormatOptions.Default.Clone();
        format.International = international;
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.HiddenHeaders.Add(HeaderId.Bcc);
        format.HiddenHeaders.Add(HeaderId.ResentBcc);
        return format;
    }
}
