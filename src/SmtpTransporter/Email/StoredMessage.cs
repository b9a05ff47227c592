namespace SmtpTransport;

/// <summary>
/// A mail as it is kept between being written and being sent, in an outbox or a file: the envelope, and the message as octets (a mail object, RFC
/// 5321, section 2.3.1). It is sent as it is, whatever code, templates and files have become since. A server without 8BITMIME gets it in seven bits,
/// and the transporter's signatures are added as it is sent. It does not change; safe for concurrent use.
/// </summary>
public sealed record StoredMessage
{
    private string? _messageId;

    /// <summary>Makes a mail of its parts.</summary>
    /// <param name="sender">Where bounces go (MAIL FROM); <c>""</c> for the null path.</param>
    /// <param name="recipients">To whom (RCPT TO), at least one.</param>
    /// <param name="message">The message with CRLF at the end of its lines; it is not copied. All of its header goes out, a <c>Bcc</c> too.</param>
    /// <exception cref="ArgumentException">There is no recipient, or an address is none; the message names which.</exception>
    public StoredMessage(string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message)
    {
        ArgumentNullException.ThrowIfNull(sender);
        Sender = sender.Length == 0 ? "" : Checked(sender, nameof(sender));
        Recipients = recipients;
        Message = message;
    }

    /// <summary>Where bounces go (MAIL FROM); <c>""</c> for the null path.</summary>
    public string Sender { get; }

    /// <summary>To whom (RCPT TO), at least one.</summary>
    /// <exception cref="ArgumentException">There is none, or an address is none; the message names which.</exception>
    public IReadOnlyList<string> Recipients
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0)
                throw new ArgumentException("There is no recipient; allowed: at least one.", nameof(value));
            field = [.. value.Select(address => Checked(address, nameof(Recipients)))];
        }
    }

    /// <summary>The message with CRLF at the end of its lines. A bare CR or LF in it, or a NUL, fails the send.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>The message's Message-ID without angle brackets, for results; by default read from the message. Empty where it has none.</summary>
    public string MessageId
    {
        get => _messageId ??= RawMessage.ReadMessageId(Message);
        init => _messageId = value;
    }

    /// <summary>When reports are wanted (RFC 3461); the server must offer DSN. Default: as the server likes.</summary>
    public DeliveryNotifications Notify { get; init; } = DeliveryNotifications.Unspecified;

    /// <summary>The id that reports name (ENVID, RFC 3461); the server must offer DSN. Default none.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>
    /// Called once, before the first octet may go out with which the server could have the whole message: until then it cannot have been delivered,
    /// from then on it may have been. What keeps mails writes that down here. Where it throws, the mail is not sent:
    /// <see cref="Outcome.NotSent"/> with <see cref="SmtpErrorCodes.CallbackFailed"/>. Its time counts in
    /// <see cref="ServerOptions.SendTimeout"/>, which ends its token. Only for <c>SendAsync</c>. Default none.
    /// </summary>
    public Func<CancellationToken, ValueTask>? BeforeTransmission { get; init; }

    /// <summary>Writes a mail down: all that it refers to, such as the files that it attaches, is read now.</summary>
    /// <param name="email">The mail. It is not changed. What is to be encrypted (<see cref="Email.EncryptFor"/>) is encrypted now.</param>
    /// <param name="headerCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <exception cref="InvalidOperationException">The mail cannot be written or sent; the message names the property.</exception>
    public static StoredMessage FromEmail(Email email, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        try
        {
            var options = new MimeWriteOptions(headerCharset ?? MailMode.Utf8, bodyCharset ?? MailMode.Utf8);
            using var outgoing = Smime.Encrypt(MessageBuilder.Build(email, options, TimeProvider.System));
            using var octets = new MemoryStream();
            outgoing.WriteAsync(async: false, octets, CancellationToken.None).GetCompletedResult();
            return new StoredMessage(outgoing.Envelope.Sender, outgoing.Envelope.Recipients, octets.GetBuffer().AsMemory(0, (int)octets.Length))
            {
                MessageId = outgoing.MessageId,
                Notify = outgoing.Notify,
                EnvelopeId = outgoing.EnvelopeId,
            };
        }
        catch (EmailContentException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
    }

    /// <summary>No address and no content.</summary>
    public override string ToString() => $"{Recipients.Count} recipients, {Message.Length} octets";

    internal OutgoingMessage ToSend()
    {
        var envelope = new Envelope(Sender, Recipients);
        return new OutgoingMessage(envelope, new RawMessage(Message), MessageId, email: null)
        {
            Notify = Notify,
            EnvelopeId = EnvelopeId,
            SmtpUtf8Address = envelope.SmtpUtf8Address ?? (RawMessage.HasInternationalHeader(Message.Span) ? nameof(Message) : null),
            BeforeTransmission = BeforeTransmission,
        };
    }

    private static string Checked(string address, string property) =>
        AddressSpec.Check(address) is { } problem ? throw new ArgumentException($"{property}: {problem}.", property) : AddressSpec.WithAsciiDomain(address);
}
