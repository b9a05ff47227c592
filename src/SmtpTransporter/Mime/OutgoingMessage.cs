using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A message that is ready to be sent, with its envelope. It does not change: a signature or another envelope makes a new one, which shares
/// the content with the old one; the last one is to be disposed. Sending is not safe for concurrent use.
/// </summary>
internal sealed record OutgoingMessage : IDisposable
{
    private readonly TransmissionCallback? _beforeTransmission;

    public OutgoingMessage(Envelope envelope, MessageContent content, string messageId, Email? email)
    {
        Envelope = envelope;
        MessageId = messageId;
        Email = email;
        SmtpUtf8Address = envelope.SmtpUtf8Address;
        Serializer = new MessageSerializer(content);
    }

    public Envelope Envelope { get; private init; }

    /// <summary>The recipients that the options removed from the envelope, with the option as their text.</summary>
    public IReadOnlyList<RecipientResult> Dropped { get; private init; } = [];

    /// <summary>Whether the envelope has <see cref="ServerOptions.RedirectAllTo"/> instead of the message's own recipients.</summary>
    public bool IsRedirected { get; private init; }

    public string MessageId { get; }

    /// <summary>The email as it was when the send was called; null for a MIME message and a stored one.</summary>
    public Email? Email { get; }

    /// <summary>The property with an address that requires SMTPUTF8 (RFC 6531); null if there is none.</summary>
    public string? SmtpUtf8Address { get; init; }

    public bool NeedsSmtpUtf8 => SmtpUtf8Address is not null;

    /// <summary>The kind of emails it belongs to; null if none is known.</summary>
    public string? Stream { get; init; }

    public DeliveryNotifications Notify { get; init; }

    public string? EnvelopeId { get; init; }

    public bool NeedsDsn => Notify != DeliveryNotifications.Unspecified || EnvelopeId is not null;

    /// <summary>Whether MAIL has REQUIRETLS (RFC 8689).</summary>
    public bool RequiresTls { get; init; }

    /// <summary>Called before each MAIL.</summary>
    public Func<CancellationToken, ValueTask<IDisposable?>>? BeforeEnvelope { private get; init; }

    /// <summary>Whether there is a <see cref="BeforeEnvelope"/>.</summary>
    public bool HasEnvelopeCallback => BeforeEnvelope is not null;

    /// <summary>Called once, before the server may have the whole message.</summary>
    public Func<CancellationToken, ValueTask>? BeforeTransmission
    {
        init => _beforeTransmission = value is null ? null : new TransmissionCallback(value);
    }

    /// <summary>Whether there is a <see cref="BeforeTransmission"/>.</summary>
    public bool HasTransmissionCallback => _beforeTransmission is not null;

    /// <summary>Warnings for the result, such as a certificate that does not name the sender.</summary>
    public IReadOnlyList<SmtpError> Warnings { get; init; } = [];

    /// <summary>The message as MimeKit's object.</summary>
    public MimeMessage Message => Serializer.Content.Message;

    /// <summary>How MimeKit writes the message: a signature must cover the bytes that the server receives.</summary>
    public FormatOptions Format => NeedsSmtpUtf8 ? MessageContent.International : MessageContent.Ascii;

    /// <summary>The size of the serialized message in bytes; null as long as it is not known.</summary>
    public long? Size => Serializer.Size;

    private MessageSerializer Serializer { get; init; }

    /// <summary>Returns the message with a signed or encrypted content, of which nothing may be changed any more.</summary>
    public OutgoingMessage WithFinalMessage(MimeMessage message, SmtpError? warning = null) => this with
    {
        Serializer = new MessageSerializer(new MimeKitMessage(message, Format, Serializer.Content)),
        Warnings = warning is null ? Warnings : [.. Warnings, warning],
    };

    /// <summary>Returns the message with other recipients in its envelope.</summary>
    /// <param name="envelope">The envelope.</param>
    /// <param name="dropped">The recipients that were removed.</param>
    /// <param name="isRedirected">Whether the message's own recipients were replaced.</param>
    public OutgoingMessage WithEnvelope(Envelope envelope, IReadOnlyList<RecipientResult> dropped, bool isRedirected) =>
        this with { Envelope = envelope, Dropped = dropped, IsRedirected = isRedirected };

    /// <inheritdoc cref="MessageSerializer.SerializeAsync"/>
    public ValueTask<SerializedMessage> SerializeAsync(bool async, bool sevenBit, bool measure, CancellationToken cancellationToken) =>
        Serializer.SerializeAsync(async, sevenBit, measure, cancellationToken);

    /// <inheritdoc cref="MessageSerializer.WriteAsync"/>
    public ValueTask WriteAsync(bool async, IMessageTarget target, CancellationToken cancellationToken) =>
        Serializer.WriteAsync(async, target, cancellationToken);

    /// <inheritdoc cref="MessageSerializer.WriteAsync"/>
    public ValueTask WriteAsync(bool async, Stream target, CancellationToken cancellationToken) =>
        Serializer.WriteAsync(async, new StreamTarget(target), cancellationToken);

    /// <inheritdoc cref="MessageSerializer.SetWrittenSize"/>
    public void SetWrittenSize(long size) => Serializer.SetWrittenSize(size);

    /// <summary>Must be called before MAIL is written, and behind what may take long.</summary>
    /// <param name="cancellationToken">Cancels the callback.</param>
    /// <returns>What is to be disposed once MAIL was written, or was not; null if there is nothing.</returns>
    /// <exception cref="SendFailureException">The callback failed.</exception>
    public ValueTask<IDisposable?> BeginEnvelopeAsync(CancellationToken cancellationToken) =>
        BeforeEnvelope is { } callback
            ? TransmissionCallback.RunAsync(callback, nameof(BeforeEnvelope), cancellationToken)
            : default;

    /// <summary>
    /// Must be called before the first byte with which the server could have the whole message. Only the first call has an effect.
    /// </summary>
    /// <exception cref="SendFailureException">The callback failed.</exception>
    public ValueTask BeginTransmissionAsync(CancellationToken cancellationToken) =>
        _beforeTransmission?.RunAsync(cancellationToken) ?? ValueTask.CompletedTask;

    /// <summary>Closes the attachments, and releases the serialized message.</summary>
    public void Dispose() => Serializer.Dispose();

    /// <summary>No address and no content.</summary>
    public override string ToString() => $"{MessageId}, {Envelope.Recipients.Count} recipients";
}
