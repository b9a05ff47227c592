namespace SmtpTransport.Outbox;

/// <summary>
/// What a group has changed, by email and the generation that was claimed: this process may have claimed an email twice, and hold it
/// only by the later claim.
/// </summary>
/// <param name="Marked">The emails that may be transmitted from now on, with the time at which this was recorded.</param>
/// <param name="Settled">The emails whose end was recorded.</param>
internal sealed record WriteResult(
    IReadOnlyDictionary<(Guid Id, int Generation), DateTimeOffset> Marked, IReadOnlySet<(Guid Id, int Generation)> Settled);
