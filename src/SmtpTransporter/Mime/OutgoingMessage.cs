using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A mail that is ready to be sent: the envelope, and the message with the files that it holds open until it is disposed. Not safe for concurrent use.
/// </summary>
internal sealed class OutgoingMessage(Envelope envelope, MessageContent message, string messageId, Email? email) : IDisposable
{
    private SerializedMessage? _bytes;
    private bool _isSevenBit;
    private bool _isTransmitted;

    public Envelope Envelope { get; private set; } = envelope;

    /// <summary>The recipients that <see cref="ServerOptions.AllowedRecipients"/> has taken out of the envelope.</summary>
    public IReadOnlyList<string> Dropped { get; private set; } = [];

    /// <summary>Whether it goes to <see cref="ServerOptions.RedirectAllTo"/> instead of its own recipients.</summary>
    public bool IsRedirected { get; private set; }

    /// <summary>As MimeKit has it.</summary>
    public MimeMessage Message => message.Message;

    public string MessageId { get; } = messageId;

    /// <summary>The mail as it was at the call; null for a MIME message.</summary>
    public Email? Email { get; } = email;

    /// <summary>The property with an address that only SMTPUTF8 can carry; null where there is none.</summary>
    public string? SmtpUtf8Address { get; init; } = envelope.SmtpUtf8Address;

    public bool NeedsSmtpUtf8 => SmtpUtf8Address is not null;

    public DeliveryNotifications Notify { get; init; }

    public string? EnvelopeId { get; init; }

    /// <summary>Called before the message may be out.</summary>
    public Func<CancellationToken, ValueTask>? BeforeTransmission { get; init; }

    public bool NeedsDsn => Notify != DeliveryNotifications.Unspecified || EnvelopeId is not null;

    /// <summary>What is worth a warning in the result, such as a certificate that does not name the sender.</summary>
    public SmtpError? Warning { get; private init; }

    /// <summary>How MimeKit writes the message: signatures must see it as the server will.</summary>
    public FormatOptions Format => NeedsSmtpUtf8 ? MessageContent.International : MessageContent.Ascii;

    /// <summary>The same mail with a message that was signed or encrypted: nothing of it may be changed any more.</summary>
    public OutgoingMessage Signed(MimeMessage signed, SmtpError? warning) => new(Envelope, new MimeKitMessage(signed, Format, message), MessageId, Email)
    {
        SmtpUtf8Address = SmtpUtf8Address,
        Notify = Notify,
        EnvelopeId = EnvelopeId,
        Warning = warning,
        BeforeTransmission = BeforeTransmission,
    };

    public void Reroute(Envelope envelope, IReadOnlyList<string> dropped, bool isRedirected) =>
        (Envelope, Dropped, IsRedirected) = (envelope, dropped, isRedirected);

    /// <summary>The size of what was sent, in octets; null where nothing was.</summary>
    public long? Size => _bytes?.Size;

    /// <summary>The message as octets, which stay here until the mail is disposed: it is written once, however often it is sent.</summary>
    public SerializedMessage Bytes(bool eightBitMime, bool measure, CancellationToken cancellationToken)
    {
        if (_bytes is not null && (eightBitMime || _isSevenBit || !_bytes.IsEightBit) && (_bytes.IsMeasured || !measure))
            return _bytes;
        _bytes?.Dispose();
        _bytes = null;
        _isSevenBit = !eightBitMime;
        return _bytes = SerializedMessage.Of(message, _isSevenBit, measure, cancellationToken);
    }

    /// <summary>Writes a message that is too large to be held, as it was measured.</summary>
    public ValueTask WriteAsync(bool async, Stream target, CancellationToken cancellationToken) =>
        message.WriteAsync(async, target, _isSevenBit, cancellationToken);

    /// <summary>To be called before the first octet with which the server could have the whole message; only the first call does something.</summary>
    public ValueTask BeginTransmissionAsync(CancellationToken cancellationToken) =>
        BeforeTransmission is null || _isTransmitted ? ValueTask.CompletedTask : AnnounceAsync(BeforeTransmission, cancellationToken);

    public void Dispose()
    {
        _bytes?.Dispose();
        message.Dispose();
    }

    private async ValueTask AnnounceAsync(Func<CancellationToken, ValueTask> announce, CancellationToken cancellationToken)
    {
        try
        {
            await announce(cancellationToken).ConfigureAwait(false);
            _isTransmitted = true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SendFailureException(SmtpErrorCodes.CallbackFailed, "conf", $"BeforeTransmission failed: {exception.Message}", exception);
        }
    }
}
