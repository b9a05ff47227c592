namespace SmtpTransport.Outbox;

/// <summary>What became of a request.</summary>
/// <param name="MarkedAt">When the mark was recorded; null if the email was not marked.</param>
/// <param name="IsSettled">Whether the end was recorded.</param>
internal readonly record struct WriteAnswer(DateTimeOffset? MarkedAt, bool IsSettled);
