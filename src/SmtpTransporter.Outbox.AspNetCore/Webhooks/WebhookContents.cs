namespace SmtpTransport.Outbox;

/// <summary>What a verified request of a webhook says.</summary>
/// <param name="Id">What names the request: it is acted upon once.</param>
/// <param name="Digest">Of what it says: the same id with another digest is a forgery.</param>
/// <param name="Events">The events; none if it says nothing of the delivery.</param>
internal sealed record WebhookContents(string Id, string Digest, IReadOnlyList<WebhookEvent> Events)
{
    /// <summary>What else is to be done, such as confirming a subscription; null for nothing.</summary>
    public Func<Task>? Confirm { get; init; }
}
