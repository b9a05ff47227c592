namespace SmtpTransport.Outbox;

/// <summary>A stretch of the message: in the mail's own row, or beside it under an id.</summary>
internal sealed record Segment(int Length, string? PartId);
