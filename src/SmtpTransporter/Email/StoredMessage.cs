using MimeKit;

namespace SmtpTransport;

/// <summary>A serialized message with its envelope, as an outbox or a file stores it between being written and being sent.</summary>
/// <remarks>
/// <para>
/// It is the mail object of RFC 5321, section 2.3.1: the envelope, and the message as bytes. It is sent unchanged, even if code, templates
/// or files have changed since. Only for a server without 8BITMIME it is converted to 7 bits, and the transporter adds its signatures when
/// it sends.
/// </para>
/// <para>
/// Immutable and safe to share between threads. The operator <c>==</c> compares <see cref="Recipients"/> and <see cref="Message"/> by
/// reference: compare the members instead.
/// </para>
/// </remarks>
public sealed record StoredMessage
{
    private string? _messageId;

    /// <summary>Creates a stored message from its parts.</summary>
    /// <param name="sender">The sender of the envelope (<c>MAIL FROM</c>), which receives bounces; <c>""</c> for the null path.</param>
    /// <param name="recipients">The recipients of the envelope (<c>RCPT TO</c>), at least one.</param>
    /// <param name="message">
    /// The message with CRLF line endings. It is not copied: do not change the bytes. Its whole header is sent, including a <c>Bcc</c>.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="sender"/> or <paramref name="recipients"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no recipient, or an address is not valid; the message names the property.</exception>
    public StoredMessage(string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message)
    {
        ArgumentNullException.ThrowIfNull(sender);
        Sender = sender.Length == 0 ? "" : Checked(sender, nameof(sender));
        Recipients = recipients;
        Message = message;
    }

    /// <summary>The sender of the envelope (<c>MAIL FROM</c>), which receives bounces; <c>""</c> for the null path.</summary>
    public string Sender { get; }

    /// <summary>The recipients of the envelope (<c>RCPT TO</c>), at least one.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentException">There is no recipient, or an address is not valid; the message names the property.</exception>
    public IReadOnlyList<string> Recipients
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0)
                throw new ArgumentException("Recipients is empty; at least one address is required.", nameof(value));
            field = [.. value.Select(address => Checked(address, nameof(Recipients)))];
        }
    }

    /// <summary>The message with CRLF line endings. If it has a bare CR or LF, or a NUL, the send fails.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>
    /// The Message-ID without angle brackets, for results. Default: the one in the message; empty if it has none.
    /// </summary>
    public string MessageId
    {
        get => _messageId ??= RawMessage.ReadMessageId(Message);
        init => _messageId = value;
    }

    /// <summary>
    /// The delivery status notifications to request (RFC 3461); the server must offer DSN. Default
    /// <see cref="DeliveryNotifications.Unspecified"/>.
    /// </summary>
    public DeliveryNotifications Notify { get; init; } = DeliveryNotifications.Unspecified;

    /// <summary>
    /// The id that the notifications repeat (RFC 3461, section 4.4, <c>ENVID</c>); the server must offer DSN. Default none.
    /// </summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The kind of emails it belongs to (<see cref="Email.Stream"/>). Default none.</summary>
    public string? Stream { get; init; }

    /// <summary>
    /// Whether every hop must use TLS (RFC 8689, as <see cref="TlsRequirement.Required"/>); the server must offer REQUIRETLS. Default
    /// false.
    /// </summary>
    public bool RequireTls { get; init; }

    /// <summary>A callback immediately before each <c>MAIL</c> command. Default none.</summary>
    /// <remarks>
    /// It says whether the transaction may still begin: a queue asks there whether the email was canceled while it waited for a
    /// connection. What it returns is disposed once <c>MAIL</c> was written, or was not: from the disposal on, no <c>MAIL</c> follows from
    /// this call. On a connection on which the whole message follows <c>MAIL</c> at once, <see cref="BeforeTransmission"/> is called first.
    /// It is called again for each further transaction, on the same connection or on another one. If it throws before any recipient has
    /// the message, nothing is sent: the result is <see cref="Outcome.NotSent"/> with <see cref="SmtpErrorCodes.CallbackFailed"/>. If it
    /// throws before a further transaction, such as one for recipients beyond the number that a server takes at once, what the earlier ones
    /// came to stands, and the rest of the recipients is deferred. Its time counts toward <see cref="ServerOptions.SendTimeout"/>, which
    /// cancels its token. It works with <see cref="IStoredMessageSender.SendAsync"/> only.
    /// </remarks>
    public Func<CancellationToken, ValueTask<IDisposable?>>? BeforeEnvelope { get; init; }

    /// <summary>A callback immediately before transmission reaches the point of no return. Default none.</summary>
    /// <remarks>
    /// It is called once, before the first byte is sent with which the server could have the whole message. Until it completes, the message
    /// cannot have been delivered; afterwards it may have been. A store records that there. If it throws, the message is not sent: the
    /// result is <see cref="Outcome.NotSent"/> with <see cref="SmtpErrorCodes.CallbackFailed"/>. Its time counts toward
    /// <see cref="ServerOptions.SendTimeout"/>, which cancels its token. It works with <see cref="IStoredMessageSender.SendAsync"/> only.
    /// </remarks>
    public Func<CancellationToken, ValueTask>? BeforeTransmission { get; init; }

    /// <summary>Serializes an email: everything that it refers to, such as attached files, is read now.</summary>
    /// <param name="email">The email. It is not changed.</param>
    /// <param name="headerCharset">The charset of the header. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">The charset of the bodies. Default <see cref="MailMode.Utf8"/>.</param>
    /// <returns>The message and its envelope.</returns>
    /// <remarks>If the email has <see cref="Email.EncryptFor"/>, it is encrypted now.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="InvalidEmailException">The email is not valid; each error names the property.</exception>
    public static StoredMessage FromEmail(Email email, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        return SerializeAsync(async: false, email, headerCharset, bodyCharset, CancellationToken.None).GetCompletedResult();
    }

    /// <inheritdoc cref="FromEmail"/>
    /// <param name="email">The email. It is not changed.</param>
    /// <param name="headerCharset">The charset of the header. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">The charset of the bodies. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="cancellationToken">Cancels reading the attachments.</param>
    /// <exception cref="OperationCanceledException">The caller canceled the operation.</exception>
    public static Task<StoredMessage> FromEmailAsync(
        Email email, MailMode? headerCharset = null, MailMode? bodyCharset = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        return SerializeAsync(async: true, email, headerCharset, bodyCharset, cancellationToken).AsTask();
    }

    /// <summary>Serializes a MIME message.</summary>
    /// <remarks>If a send uses the message, this waits for its end.</remarks>
    /// <param name="message">The message. It is the same afterwards.</param>
    /// <param name="envelope">
    /// The envelope, such as one with the <see cref="SendResult.RetryRecipients"/> of an earlier send. Null, the default, derives it from
    /// the message as <see cref="ISmtpTransporter.Send(MimeMessage, CancellationToken)"/> does.
    /// </param>
    /// <returns>The message without Bcc and Resent-Bcc, and its envelope.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no sender, no recipient or an address that is not valid, or the message cannot be written.
    /// </exception>
    public static StoredMessage FromMimeMessage(MimeMessage message, MailEnvelope? envelope = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        try
        {
            using var outgoing = MimeMessageAdapter
                .ToSendAsync(async: false, message, envelope, CancellationToken.None).GetCompletedResult();
            return SerializeAsync(async: false, outgoing, CancellationToken.None).GetCompletedResult();
        }
        catch (EmailContentException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
    }

    /// <summary>The number of recipients and the size: no address and no content.</summary>
    /// <returns>Such as <c>2 recipients, 4711 bytes</c>.</returns>
    public override string ToString() => $"{Recipients.Count} recipients, {Message.Length} bytes";

    internal OutgoingMessage ToSend()
    {
        var envelope = new Envelope(Sender, Recipients);
        return new OutgoingMessage(envelope, new RawMessage(Message), MessageId, email: null)
        {
            Notify = Notify,
            EnvelopeId = EnvelopeId,
            Stream = Stream,
            RequiresTls = RequireTls,
            SmtpUtf8Address = envelope.SmtpUtf8Address ?? (RawMessage.HasInternationalHeader(Message.Span) ? nameof(Message) : null),
            BeforeEnvelope = BeforeEnvelope,
            BeforeTransmission = BeforeTransmission,
        };
    }

    private static async ValueTask<StoredMessage> SerializeAsync(
        bool async, Email email, MailMode? headerCharset, MailMode? bodyCharset, CancellationToken cancellationToken)
    {
        var options = new MimeWriteOptions(headerCharset ?? MailMode.Utf8, bodyCharset ?? MailMode.Utf8) { IsSent = true };
        try
        {
            using var outgoing = Smime.Encrypt(
                await MessageBuilder.BuildAsync(
                    async, email, rules: null, options, TimeProvider.System, cancellationToken).ConfigureAwait(false));
            return await SerializeAsync(async, outgoing, cancellationToken).ConfigureAwait(false);
        }
        catch (EmailContentException exception)
        {
            throw new InvalidEmailException(EmailAnalyzer.FindErrors(email, exception), exception);
        }
    }

    private static async ValueTask<StoredMessage> SerializeAsync(bool async, OutgoingMessage outgoing, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await outgoing.WriteAsync(async, bytes, cancellationToken).ConfigureAwait(false);
        return new StoredMessage(
            outgoing.Envelope.Sender, outgoing.Envelope.Recipients, bytes.GetBuffer().AsMemory(0, (int)bytes.Length))
        {
            MessageId = outgoing.MessageId,
            Notify = outgoing.Notify,
            EnvelopeId = outgoing.EnvelopeId,
            Stream = outgoing.Stream,
            RequireTls = outgoing.RequiresTls,
        };
    }

    private static string Checked(string address, string property) =>
        AddressSpec.Check(address) is { } problem
            ? throw new ArgumentException($"{property}: {problem}.", property)
            : AddressSpec.WithAsciiDomain(address);
}
