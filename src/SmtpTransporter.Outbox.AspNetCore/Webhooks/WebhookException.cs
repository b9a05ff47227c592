namespace SmtpTransport.Outbox;

/// <summary>A request of a webhook that is refused.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="reason">Why, for the log and for the answer: nothing of the request, and no secret.</param>
internal sealed class WebhookException(int status, string reason) : Exception(reason)
{
    public int Status { get; } = status;
}
