using System.Text.Json;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Reads the events of SendGrid. The application's unique arguments are members of the event itself.</summary>
internal static class SendGridEvents
{
    /// <summary>Reads an event.</summary>
    /// <returns>What it says; null if that is nothing of the delivery.</returns>
    public static WebhookEvent? Read(JsonElement json, EmailNames names)
    {
        if (json.Address("email") is not { } address || KindOf(json.Text("event")) is not { } kind)
            return null;
        var feedback = new EmailFeedback
        {
            Kind = kind,
            Confidence = FeedbackConfidence.High,
            Date = json.UnixTime("timestamp"),
            Reporter = "SendGrid",
            Recipients = [json.Text("event") switch
            {
                "delivered" => WebhookRecipient.Delivery(address, json.Text("response"), null),
                "deferred" => WebhookRecipient.Failure(
                    new FeedbackRecipient
                    {
                        Address = address,
                        Action = FeedbackAction.Delayed,
                        Diagnostic = Words(json, "response"),
                        Status = DiagnosticText.StatusOf(json.Text("status")),
                    },
                    null),
                "bounce" or "dropped" => WebhookRecipient.Failure(
                    new FeedbackRecipient
                    {
                        Address = address,
                        Action = FeedbackAction.Failed,
                        Diagnostic = Words(json, "reason"),
                        Status = DiagnosticText.StatusOf(json.Text("status")),
                    },
                    CategoryOf(json), json.Text("bounce_classification") == "Invalid Address" && json.Text("type") != "blocked",
                    // What it calls a bounce, and not blocked, is on its list of bounces from then on.
                    goesOn: json.Text("event") == "dropped" || json.Text("type") == "blocked"),
                _ => WebhookRecipient.Wish(address),
            }],
        };
        feedback = names.Apply(feedback, "", json.Text("smtp-id"), json);
        return new WebhookEvent(feedback, $"sendgrid {json.IdOf("sg_event_id")} {json.Text("event")} {address}");
    }

    private static string Words(JsonElement json, string name) =>
        json.Text(name) is { Length: > 0 } words ? words : json.Text(name == "reason" ? "response" : "reason");

    private static FeedbackKind? KindOf(string name) => name switch
    {
        "delivered" or "deferred" or "bounce" or "dropped" => FeedbackKind.DeliveryReport,
        "spamreport" => FeedbackKind.Complaint,
        "unsubscribe" or "group_unsubscribe" => FeedbackKind.Unsubscribe,
        _ => null,
    };

    private static FeedbackCategory? CategoryOf(JsonElement json) =>
        (json.Text("event"), json.Text("type"), json.Text("bounce_classification"), json.Text("reason")) switch
        {
            // SendGrid has not tried it: the address is on one of its lists, or is none.
            ("dropped", _, _, "Bounced Address" or "Invalid") => FeedbackCategory.Hard,
            ("dropped", _, _, _) => FeedbackCategory.Policy,
            (_, _, "Content", _) => FeedbackCategory.Policy,
            (_, _, "Reputation" or "Frequency or Volume Too High" or "Frequency/Volume", _) => FeedbackCategory.Blocked,
            (_, _, "Mailbox Unavailable" or "Technical" or "Technical Failure", _) => FeedbackCategory.Soft,
            // What SendGrid calls blocked may be accepted the next time.
            (_, "blocked", _, _) => FeedbackCategory.Blocked,
            _ => FeedbackCategory.Hard,
        };
}
