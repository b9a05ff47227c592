using System.Globalization;
using System.Text.Json;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Reads the events of Mailgun.</summary>
internal static class MailgunEvents
{
    /// <summary>Reads an event.</summary>
    /// <returns>What it says; null if that is nothing of the delivery.</returns>
    public static WebhookEvent? Read(JsonElement json, EmailNames names)
    {
        if (json.Address("recipient") is not { } address || KindOf(json.Text("event")) is not { } kind)
            return null;
        var server = WebhookRecipient.OrNull(json.Member("delivery-status").Text("mx-host"));
        var feedback = new EmailFeedback
        {
            Kind = kind,
            Confidence = FeedbackConfidence.High,
            Date = json.UnixTime("timestamp"),
            Reporter = "Mailgun",
            Recipients = [json.Text("event") switch
            {
                "delivered" => WebhookRecipient.Delivery(address, WordsOf(json), server),
                "failed" or "rejected" => Failure(json, address, server),
                _ => WebhookRecipient.Wish(address),
            }],
        };
        var message = json.Member("message").Member("headers");
        feedback = names.Apply(
            feedback, json.Member("envelope").Text("sender"), message.Text("message-id"), json.Member("user-variables"),
            message.Text("subject"));
        // Mailgun's ids are unique within a day.
        return new WebhookEvent(feedback, $"mailgun {json.IdOf("id")} {json.Text("timestamp")} {json.Text("event")}");
    }

    private static FeedbackKind? KindOf(string name) => name switch
    {
        "delivered" or "failed" or "rejected" => FeedbackKind.DeliveryReport,
        "complained" => FeedbackKind.Complaint,
        "unsubscribed" => FeedbackKind.Unsubscribe,
        _ => null,
    };

    private static FeedbackRecipient Failure(JsonElement json, string address, string? server)
    {
        // A temporary failure is one attempt of several.
        var isDelay = json.Text("event") == "failed" && json.Text("severity") == "temporary";
        var recipient = new FeedbackRecipient
        {
            Address = address,
            Action = isDelay ? FeedbackAction.Delayed : FeedbackAction.Failed,
            Diagnostic = WordsOf(json),
            Status = DiagnosticText.StatusOf(json.Member("delivery-status").Text("enhanced-code")),
            RemoteServer = server,
        };
        return WebhookRecipient.Failure(recipient, CategoryOf(json));
    }

    private static FeedbackCategory? CategoryOf(JsonElement json) =>
        (json.Text("event"), json.Text("reason"), json.Member("delivery-status").Text("bounce-type")) switch
        {
            ("rejected", _, _) => FeedbackCategory.Policy,
            // It was on Mailgun's own list, after a bounce, a complaint or an unsubscribe.
            (_, "suppress-bounce", _) => FeedbackCategory.Hard,
            (_, "suppress-complaint" or "suppress-unsubscribe", _) => FeedbackCategory.Policy,
            (_, "espblock", _) => FeedbackCategory.Blocked,
            (_, "old", _) => FeedbackCategory.Soft,
            (_, _, "hard") => FeedbackCategory.Hard,
            (_, _, "soft") => FeedbackCategory.Soft,
            (_, "bounce", _) => FeedbackCategory.Hard,
            _ => null,
        };

    /// <summary>The reply of the remote server, with its code.</summary>
    private static string WordsOf(JsonElement json)
    {
        var status = json.Member("delivery-status");
        var words = status.Text("message") is { Length: > 0 } message ? message : status.Text("description");
        if (words.Length == 0)
            words = json.Member("reject").Text("reason");
        // Mailgun has codes of its own, such as 605 for an address on its list.
        return DiagnosticText.ReplyCodeOf(words) == 0
            && int.TryParse(status.Text("code"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 200 and < 600
                ? FieldText.Clean($"{code.ToString(CultureInfo.InvariantCulture)} {words}")
                : words;
    }
}
