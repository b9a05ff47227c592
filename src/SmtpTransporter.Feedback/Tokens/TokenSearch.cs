using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>Looks for a valid token in all places where one can come back.</summary>
internal static class TokenSearch
{
    /// <summary>The id of the first valid token; null if there is none.</summary>
    public static string? Find(MimeMessage message, EmailFeedback feedback, FeedbackTokens tokens) =>
        Destinations.Of(message)
            .Append(feedback.Original.EnvelopeId)
            // Some programs return it as they got it, in xtext.
            .Append(feedback.Original.EnvelopeId is { } id ? FieldText.DecodeXtext(id) : null)
            .Append(feedback.Original.ReturnPath)
            .Select(tokens.Read)
            .FirstOrDefault(id => id is not null);
}
