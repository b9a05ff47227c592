using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A mail that is ready to be sent: the envelope, and the message with the files that it holds open until it is disposed. Not safe for concurrent use.
/// </summary>
internal sealed class OutgoingMessage(Envelope envelope, MessageContent message, string messageId, Email? email) : IDisposable
{
    private SerializedMessage? _serialized;
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

    /// <summary>The size of the serialized message in bytes; null before it is serialized.</summary>
    public long? Size => _serialized?.Size;

    /// <summary>Returns the message as bytes, which exist until this object is disposed: it is serialized once, however often it is sent.</summary>
    /// <param name="async">Whether attachments are read without blocking a thread.</param>
    /// <param name="sevenBit">Whether the server lacks 8BITMIME.</param>
    /// <param name="measure">Whether the size is needed even if the message is too large to be held.</param>
    /// <param name="cancellationToken">Cancels reading the attachments.</param>
    /// <exception cref="EmailContentException">The message cannot be written, or an attachment cannot be read.</exception>
    public ValueTask<SerializedMessage> SerializeAsync(bool async, bool sevenBit, bool measure, CancellationToken cancellationToken)
    {
        return _serialized is { } known && (!sevenBit || _isSevenBit || !known.IsEightBit) && (known.IsMeasured || !measure)
            ? new ValueTask<SerializedMessage>(known)
            : CreateAsync();

        async ValueTask<SerializedMessage> CreateAsync()
        {
            _serialized?.Dispose();
            _serialized = null;
            _isSevenBit = sevenBit;
            return _serialized = await SerializedMessage.CreateAsync(async, message, sevenBit, measure, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the message as it was serialized last, for a message that is too large to be held.</summary>
    public ValueTask WriteAsync(bool async, IMessageTarget target, CancellationToken cancellationToken) =>
        message.WriteAsync(async, target, _isSevenBit, cancellationToken);

    /// <inheritdoc cref="WriteAsync(bool, IMessageTarget, CancellationToken)"/>
    public ValueTask WriteAsync(bool async, Stream target, CancellationToken cancellationToken) =>
        WriteAsync(async, new StreamTarget(target), cancellationToken);

    /// <summary>To be called before the first octet with which the server could have the whole message; only the first call does something.</summary>
    public ValueTask BeginTransmissionAsync(CancellationToken cancellationToken) =>
        BeforeTransmission is null || _isTransmitted ? ValueTask.CompletedTask : AnnounceAsync(BeforeTransmission, cancellationToken);

    public void Dispose()
    {
        _serialized?.Dispose();
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
