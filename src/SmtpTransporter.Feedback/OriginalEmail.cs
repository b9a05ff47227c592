namespace SmtpTransport.Feedback;

/// <summary>What a report says of the email that it is about.</summary>
/// <remarks>Anyone can write a report: trust only a token (<see cref="EmailFeedback.EmailId"/>). Immutable.</remarks>
public sealed record OriginalEmail
{
    /// <summary>The <c>Message-ID</c> without angle brackets; null if the report does not have it.</summary>
    public string? MessageId { get; init; }

    /// <summary>The envelope id that was sent with the message (RFC 3461, <c>ENVID</c>); null if the report does not have it.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The return path that the message had, where the report went; null if the report does not have it.</summary>
    public string? ReturnPath { get; init; }

    /// <summary>The subject; null if the report does not have it.</summary>
    public string? Subject { get; init; }

    /// <summary>The returned header fields in their order, at most 200; empty if the report has none.</summary>
    public IReadOnlyList<EmailHeader> Headers { get; init; } = [];
}
