namespace SmtpTransport.Outbox;

/// <summary>What names an email in the reports about it.</summary>
internal static class FeedbackMarks
{
    /// <summary>The return path and the envelope id with which an email is stored.</summary>
    /// <param name="options">The tokens, if there are any.</param>
    /// <param name="email">The email.</param>
    /// <param name="message">The same, as it is sent.</param>
    /// <param name="id">Its id in the outbox.</param>
    public static (string Sender, string? EnvelopeId) Of(OutboxOptions options, Email email, StoredMessage message, Guid id)
    {
        if (options.Tokens is not { } tokens)
            return (message.Sender, message.EnvelopeId);
        var name = id.ToString("D");
        var sender = options.FeedbackAddress is { } address && IsOurs(email, message, address)
            ? tokens.CreateReturnPath(address, name) : message.Sender;
        // It needs a server with DSN, which notifications need anyway.
        var envelopeId = message.EnvelopeId ?? (message.Notify == DeliveryNotifications.Unspecified ? null : tokens.CreateToken(name));
        return (sender, envelopeId);
    }

    /// <summary>A return path that the caller has chosen stays, unless it is that of the reports.</summary>
    private static bool IsOurs(Email email, StoredMessage message, string address) =>
        (email.ReturnPath is null && email.Envelope is null) || message.Sender.Equals(address, StringComparison.OrdinalIgnoreCase);
}
