using System.Text.Json;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Reads the events of Postmark. It has Message-IDs of its own: which email it is, only the metadata says.</summary>
internal static class PostmarkEvents
{
    /// <summary>Reads an event.</summary>
    /// <returns>What it says; null if that is nothing of the delivery.</returns>
    public static WebhookEvent? Read(JsonElement json, EmailNames names)
    {
        var record = json.Text("RecordType");
        var address = json.Address(record is "Bounce" or "SpamComplaint" ? "Email" : "Recipient");
        if (address is null || KindOf(json, record) is not { } kind)
            return null;
        var feedback = new EmailFeedback
        {
            Kind = kind,
            Confidence = FeedbackConfidence.High,
            Date = json.Time(record switch { "Delivery" => "DeliveredAt", "SubscriptionChange" => "ChangedAt", _ => "BouncedAt" }),
            Reporter = "Postmark",
            Recipients = [(record, kind) switch
            {
                ("Delivery", _) => WebhookRecipient.Delivery(address, json.Text("Details"), null),
                (_, FeedbackKind.DeliveryReport) => Failure(json, address),
                _ => WebhookRecipient.Wish(address),
            }],
        };
        feedback = names.Apply(feedback, "", "", json.Member("Metadata"), json.Text("Subject"));
        var id = json.Text("ID") is { Length: > 0 } number
            ? number
            : $"{json.Text("MessageID")} {address} {json.Text("ChangedAt")}".TrimEnd();
        return new WebhookEvent(feedback, $"postmark {record} {id}");
    }

    private static FeedbackKind? KindOf(JsonElement json, string record) => record switch
    {
        "Delivery" => FeedbackKind.DeliveryReport,
        "SpamComplaint" => FeedbackKind.Complaint,
        // Bounces and complaints come as events of their own, with their words; the rest is not what the recipient wants.
        "SubscriptionChange" => json.Member("SuppressSending").ValueKind == JsonValueKind.True
            && json.Text("SuppressionReason") == "ManualSuppression" && json.Text("Origin") == "Recipient"
                ? FeedbackKind.Unsubscribe : null,
        "Bounce" => json.Text("Type") switch
        {
            "SpamComplaint" => FeedbackKind.Complaint,
            "Unsubscribe" => FeedbackKind.Unsubscribe,
            "AutoResponder" or "AddressChange" or "ChallengeVerification" or "Subscribe" or "OpenRelayTest" =>
                FeedbackKind.AutomaticReply,
            "InboundError" => null,
            _ => FeedbackKind.DeliveryReport,
        },
        _ => null,
    };

    private static FeedbackRecipient Failure(JsonElement json, string address)
    {
        var type = json.Text("Type");
        var words = FieldText.WithoutType(json.Text("Details")) ?? json.Text("Description");
        var action = type == "Transient" ? FeedbackAction.Delayed : FeedbackAction.Failed;
        return WebhookRecipient.Failure(
            new FeedbackRecipient { Address = address, Action = action, Diagnostic = words }, CategoryOf(type),
            isCertain: type is "HardBounce" or "BadEmailAddress");
    }

    private static FeedbackCategory? CategoryOf(string type) => type switch
    {
        "HardBounce" or "BadEmailAddress" => FeedbackCategory.Hard,
        "SoftBounce" or "DnsError" => FeedbackCategory.Soft,
        "Blocked" => FeedbackCategory.Blocked,
        "SpamNotification" or "VirusNotification" or "DMARCPolicy" or "ManuallyDeactivated" or "Unconfirmed" or "SMTPApiError"
            or "TemplateRenderingFailed" => FeedbackCategory.Policy,
        _ => null,
    };
}
