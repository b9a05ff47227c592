using MimeKit;

namespace SmtpTransport;

/// <summary>A mail that is ready to be sent: the envelope, the message, and the files that it holds open until it is disposed.</summary>
internal sealed class OutgoingMail(Envelope envelope, MimeMessage message, string messageId, Email? email, IReadOnlyList<IDisposable> open) : IDisposable
{
    public Envelope Envelope { get; } = envelope;

    public MimeMessage Message { get; } = message;

    public string MessageId { get; } = messageId;

    /// <summary>The mail as it was at the call; null for a MIME message.</summary>
    public Email? Email { get; } = email;

    /// <summary>True where a header holds an address that only SMTPUTF8 can carry.</summary>
    public bool NeedsSmtpUtf8 { get; init; } = envelope.NeedsSmtpUtf8;

    public DeliveryNotifications Notify { get; init; }

    public string? EnvelopeId { get; init; }

    public bool NeedsDsn => Notify != DeliveryNotifications.Unspecified || EnvelopeId is not null;

    /// <summary>What is worth a warning in the result, such as a certificate that does not name the sender.</summary>
    public SmtpError? Warning { get; private init; }

    public OutgoingMail With(MimeMessage message, SmtpError? warning = null) =>
        new(Envelope, message, MessageId, Email, open) { NeedsSmtpUtf8 = NeedsSmtpUtf8, Notify = Notify, EnvelopeId = EnvelopeId, Warning = warning };

    public void Dispose()
    {
        foreach (var stream in open)
            stream.Dispose();
    }
}
