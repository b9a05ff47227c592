namespace SmtpTransport.Outbox;

/// <summary>What an action has changed, as JSON.</summary>
/// <param name="Changed">How many emails.</param>
/// <param name="Undo">The path and the query that undo it; null if nothing does.</param>
internal sealed record ActionView(int Changed, string? Undo);
