namespace SmtpTransport.Outbox;

/// <summary>What was taken from a worker that ended.</summary>
/// <param name="Worker">The worker's name, or its token if that is all that is known.</param>
/// <param name="Freed">Emails that wait again, or were set aside.</param>
/// <param name="Parked">Emails that may have been delivered.</param>
internal sealed record Takeover(string Worker, IReadOnlyList<EmailRow> Freed, IReadOnlyList<EmailRow> Parked);
