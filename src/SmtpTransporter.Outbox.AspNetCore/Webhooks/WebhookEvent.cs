using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>One event of a webhook.</summary>
/// <param name="Feedback">What it says.</param>
/// <param name="Id">What names it: the same if the service sends it again.</param>
internal sealed record WebhookEvent(EmailFeedback Feedback, string Id);
