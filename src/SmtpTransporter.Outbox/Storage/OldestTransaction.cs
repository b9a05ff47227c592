namespace SmtpTransport.Outbox;

/// <summary>The oldest transaction of others on a server that keeps it from cleaning up.</summary>
/// <param name="Process">The number of its connection or process, or the name of what has none.</param>
/// <param name="Age">How long ago it began.</param>
/// <param name="Subject">What it is, as the subject of a sentence.</param>
/// <param name="Remedy">What ends it.</param>
internal readonly record struct OldestTransaction(object Process, TimeSpan Age, string Subject, string Remedy);
