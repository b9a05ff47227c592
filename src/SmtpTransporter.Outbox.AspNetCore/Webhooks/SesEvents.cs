using System.Text.Json;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Reads the events of Amazon SES, as notifications of an identity or as events of a configuration set.</summary>
internal static class SesEvents
{
    /// <summary>Reads an event.</summary>
    /// <param name="json">The event.</param>
    /// <param name="id">The id of the message that has it.</param>
    /// <param name="names">Finds out which email it is about.</param>
    /// <returns>What it says; null if that is nothing of the delivery.</returns>
    public static WebhookEvent? Read(JsonElement json, string id, EmailNames names)
    {
        var type = json.Text("eventType") is { Length: > 0 } published ? published : json.Text("notificationType");
        var feedback = type switch
        {
            "Bounce" => BounceOrReply(json.Member("bounce")),
            "DeliveryDelay" => Report(json.Member("deliveryDelay"), "delayedRecipients", Delay),
            "Delivery" => Report(json.Member("delivery"), "recipients", Delivery),
            "Complaint" => Complaint(json.Member("complaint")),
            _ => null,
        };
        if (feedback is null)
            return null;
        var mail = json.Member("mail");
        var headers = mail.Member("commonHeaders");
        // The original has the id in its own header; in the other place may be that of SES.
        var messageId = HeaderOf(mail, "Message-ID") is { Length: > 0 } own ? own : headers.Text("messageId");
        feedback = names.Apply(feedback, mail.Text("source"), messageId, MetadataOf(mail, names.MetadataName), headers.Text("subject"));
        return new WebhookEvent(feedback, $"ses {id}");
    }

    private static EmailFeedback? Report(JsonElement json, string name, Func<JsonElement, JsonElement, FeedbackRecipient?> read)
    {
        List<FeedbackRecipient> recipients = [.. json.Elements(name).Select(r => read(json, r)).OfType<FeedbackRecipient>()];
        return recipients.Count == 0 ? null : new EmailFeedback
        {
            Kind = FeedbackKind.DeliveryReport,
            Confidence = FeedbackConfidence.High,
            Date = json.Time("timestamp"),
            Reporter = FieldText.WithoutType(json.Text("reportingMTA")) ?? "Amazon SES",
            Recipients = recipients,
        };
    }

    private static EmailFeedback? BounceOrReply(JsonElement json) =>
        IsAutomaticReply(json) ? AutomaticReply(json) : Report(json, "bouncedRecipients", Bounce);

    /// <summary>SES calls an automatic reply a bounce of no certain kind, of which it has neither a code nor words.</summary>
    private static bool IsAutomaticReply(JsonElement json) =>
        (json.Text("bounceType"), json.Text("bounceSubType")) is ("Transient", "General")
        && json.Elements("bouncedRecipients").All(r => $"{r.Text("action")}{r.Text("status")}{r.Text("diagnosticCode")}".Length == 0);

    private static EmailFeedback AutomaticReply(JsonElement json) => new()
    {
        Kind = FeedbackKind.AutomaticReply,
        Confidence = FeedbackConfidence.Medium,
        Date = json.Time("timestamp"),
        Reporter = "Amazon SES",
        Recipients =
        [
            .. json.Elements("bouncedRecipients").Select(r => r.Address("emailAddress")).OfType<string>().Select(WebhookRecipient.Wish),
        ],
    };

    private static FeedbackRecipient? Bounce(JsonElement json, JsonElement recipient)
    {
        if (recipient.Address("emailAddress") is not { } address)
            return null;
        var (type, detail) = (json.Text("bounceType"), json.Text("bounceSubType"));
        // Those on a list of SES have bounced, complained or unsubscribed before.
        FeedbackCategory? said = (type, detail) switch
        {
            ("Permanent", "OnAccountSuppressionList" or "UnsubscribedRecipient") => FeedbackCategory.Policy,
            ("Permanent", _) => FeedbackCategory.Hard,
            (_, "MailboxFull") => FeedbackCategory.MailboxFull,
            (_, "MessageTooLarge" or "ContentRejected" or "AttachmentRejected") => FeedbackCategory.Policy,
            ("Transient", _) => FeedbackCategory.Soft,
            _ => null,
        };
        return WebhookRecipient.Failure(
            Failed(json, recipient, address, FeedbackAction.Failed), said,
            isCertain: type == "Permanent" && detail is "NoEmail" or "Suppressed");
    }

    private static FeedbackRecipient? Delay(JsonElement json, JsonElement recipient) =>
        recipient.Address("emailAddress") is { } address
            ? WebhookRecipient.Failure(
                Failed(json, recipient, address, FeedbackAction.Delayed) with { WillRetryUntil = json.Time("expirationTime") }, null)
            : null;

    private static FeedbackRecipient Failed(JsonElement json, JsonElement recipient, string address, FeedbackAction action) => new()
    {
        Address = address,
        Action = action,
        Status = DiagnosticText.StatusOf(recipient.Text("status")),
        Diagnostic = FieldText.WithoutType(recipient.Text("diagnosticCode")) ?? "",
        RemoteServer = WebhookRecipient.OrNull(json.Text("remoteMtaIp")),
    };

    private static FeedbackRecipient? Delivery(JsonElement json, JsonElement recipient) =>
        recipient.Address() is { } address
            ? WebhookRecipient.Delivery(address, json.Text("smtpResponse"), WebhookRecipient.OrNull(json.Text("remoteMtaIp")))
            : null;

    private static EmailFeedback? Complaint(JsonElement json)
    {
        var type = json.Text("complaintFeedbackType").ToLowerInvariant();
        List<string> addresses =
            [.. json.Elements("complainedRecipients").Select(r => r.Address("emailAddress")).OfType<string>()];
        return json.ValueKind != JsonValueKind.Object ? null : new EmailFeedback
        {
            Kind = type is "not-spam" or "auth-failure" ? FeedbackKind.OtherReport : FeedbackKind.Complaint,
            Confidence = FeedbackConfidence.High,
            Date = json.Time("timestamp"),
            Reporter = "Amazon SES",
            Detail = WebhookRecipient.OrNull(type),
            // SES names all who may have complained. If there are several, nobody knows who it was.
            Recipients = addresses is [var only] ? [WebhookRecipient.Wish(only)] : [],
        };
    }

    /// <summary>The metadata, as a tag of SES or a field of the header; empty if there is none.</summary>
    private static string MetadataOf(JsonElement mail, string name)
    {
        var tag = mail.Member("tags").MemberInAnyCase(name);
        if (tag.ValueKind == JsonValueKind.Array && tag.GetArrayLength() > 0)
            return tag[0].Text();
        return HeaderOf(mail, $"X-{name}");
    }

    private static string HeaderOf(JsonElement mail, string name) => mail.Elements("headers")
        .FirstOrDefault(h => h.Text("name").Equals(name, StringComparison.OrdinalIgnoreCase)).Text("value");
}
