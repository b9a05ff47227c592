using MimeKit;

namespace SmtpTransport;

/// <summary>What a <see cref="SendHandler"/> gets: one email, MIME message or stored message that is to be sent.</summary>
/// <remarks>Immutable: a handler changes a copy with <c>with</c>. It prints nothing of its content.</remarks>
public sealed record SendRequest
{
    /// <summary>The email; null if something else is sent. A handler must not change it; it may pass on another one.</summary>
    public Email? Email { get; init; }

    /// <summary>The MIME message; null if something else is sent.</summary>
    public MimeMessage? MimeMessage { get; init; }

    /// <summary>The stored message, such as one of the outbox; null if something else is sent.</summary>
    public StoredMessage? StoredMessage { get; init; }

    /// <summary>The caller's cancellation.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <exception cref="InvalidOperationException">It has nothing to send, or cannot be sent in this way.</exception>
    internal void ThrowIfNotSendable(bool async)
    {
        if (Email is null && MimeMessage is null && StoredMessage is null)
            throw new InvalidOperationException("The request has nothing to send.");
        if (async || this is not { Email: null, MimeMessage: null, StoredMessage: { } stored })
            return;
        if (stored.BeforeTransmission is not null || stored.BeforeEnvelope is not null)
        {
            var name = stored.BeforeTransmission is null ? nameof(stored.BeforeEnvelope) : nameof(stored.BeforeTransmission);
            throw new InvalidOperationException($"{name} is asynchronous. Use SendAsync to send a message that has one.");
        }
    }

    private bool PrintMembers(System.Text.StringBuilder builder)
    {
        builder.Append(Email is not null ? nameof(Email) : MimeMessage is not null ? nameof(MimeMessage) : nameof(StoredMessage));
        return true;
    }
}
