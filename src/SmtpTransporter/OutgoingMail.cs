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

    public void Dispose()
    {
        foreach (var stream in open)
            stream.Dispose();
    }
}
