namespace SmtpTransport.Outbox;

/// <summary>A part of the emails, in the order of their ids.</summary>
/// <param name="IsAscending">Whether the oldest comes first.</param>
/// <param name="Start">The id behind which it begins; null from the first.</param>
/// <param name="End">The id with which it ends; null to the last.</param>
internal readonly record struct SearchRange(bool IsAscending, string? Start = null, string? End = null);
