namespace SmtpTransport.Outbox;

/// <summary>The oldest transaction of others on a server.</summary>
/// <param name="Process">The number of its connection or process.</param>
/// <param name="Age">How long ago it began.</param>
/// <param name="Owner">Whose it is, in words.</param>
/// <param name="Remedy">The statement that ends it.</param>
internal readonly record struct OldestTransaction(object Process, TimeSpan Age, string Owner, string Remedy);
