namespace SmtpTransport.Outbox;

/// <summary>What a group has changed.</summary>
/// <param name="Marked">The emails that may be transmitted from now on, with the time at which this was recorded.</param>
/// <param name="Settled">The emails whose end was recorded.</param>
internal sealed record WriteResult(IReadOnlyDictionary<Guid, DateTimeOffset> Marked, IReadOnlySet<Guid> Settled);
