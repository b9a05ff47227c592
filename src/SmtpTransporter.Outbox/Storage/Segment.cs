namespace SmtpTransport.Outbox;

/// <summary>A run of a message's bytes: in the row of the email (the id is null), or in a part that is stored separately.</summary>
internal sealed record Segment(int Length, string? PartId);
