using System.Text.Json;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Finds out which email an event is about.</summary>
/// <param name="tokens">What reads the tokens; null if there are none.</param>
/// <param name="metadataName">The name of the metadata that the application has sent with the email.</param>
internal sealed class EmailNames(FeedbackTokens? tokens, string metadataName)
{
    public string MetadataName => metadataName;

    /// <summary>Says in a feedback which email it is about.</summary>
    /// <param name="feedback">The feedback.</param>
    /// <param name="returnPath">The return path that the service names; empty for none.</param>
    /// <param name="messageId">The Message-ID that the service names; empty for none.</param>
    /// <param name="metadata">An object with the metadata, or undefined.</param>
    /// <param name="subject">The subject; empty for none.</param>
    public EmailFeedback Apply(EmailFeedback feedback, string returnPath, string messageId, JsonElement metadata, string subject = "") =>
        Apply(feedback, returnPath, messageId, TextOf(metadata.MemberInAnyCase(metadataName)), subject);

    /// <summary>The same, with the value of the metadata; empty for none.</summary>
    public EmailFeedback Apply(EmailFeedback feedback, string returnPath, string messageId, string metadata, string subject)
    {
        // An address and a Message-ID are not tokens, but may have one in them.
        var named = metadata.Contains('@', StringComparison.Ordinal) ? metadata : messageId;
        return feedback with
        {
            EmailId = tokens?.Read(returnPath) ?? tokens?.Read(metadata) ?? (Guid.TryParse(metadata, out var id) ? id.ToString("D") : null),
            Original = new OriginalEmail
            {
                MessageId = WebhookRecipient.OrNull(named.Trim('<', '>', ' ')),
                ReturnPath = WebhookRecipient.OrNull(returnPath),
                Subject = WebhookRecipient.OrNull(subject),
            },
        };
    }

    // Some services make a list of each value.
    private static string TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().FirstOrDefault().Text() : value.Text();
}
