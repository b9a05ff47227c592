using System.Text;
using SmtpTransport.Feedback;

namespace SmtpTransport.OutboxTests;

/// <summary>What comes back, as a reader or a webhook gives it, and as a message.</summary>
internal static class Came
{
    public const string Words = "550 5.1.1 No such user";

    /// <summary>A delivery report about some recipients of an email.</summary>
    /// <param name="email">The id in its token; null for none.</param>
    /// <param name="messageId">The Message-ID of the report; null for what a webhook gives.</param>
    /// <param name="recipients">The recipients.</param>
    public static EmailFeedback Report(Guid? email, string? messageId, params FeedbackRecipient[] recipients) => new()
    {
        Kind = FeedbackKind.DeliveryReport,
        EmailId = email?.ToString("D"),
        MessageId = messageId,
        Recipients = recipients,
    };

    /// <summary>A complaint, or an unsubscribe.</summary>
    public static EmailFeedback Wish(FeedbackKind kind, Guid? email, string messageId, params string[] addresses) => new()
    {
        Kind = kind,
        EmailId = email?.ToString("D"),
        MessageId = messageId,
        Recipients = [.. addresses.Select(a => new FeedbackRecipient { Address = a, Confidence = FeedbackConfidence.High })],
    };

    public static FeedbackRecipient Bounce(string address, FeedbackCategory category = FeedbackCategory.Hard) => new()
    {
        Address = address,
        Action = FeedbackAction.Failed,
        Category = category,
        Confidence = FeedbackConfidence.High,
        Status = new EnhancedStatus(5, 1, 1),
        ReplyCode = 550,
        Diagnostic = Words,
        RemoteServer = "mx.example.org",
    };

    public static FeedbackRecipient Delay(string address) => new()
    {
        Address = address,
        Action = FeedbackAction.Delayed,
        Category = FeedbackCategory.Soft,
        Status = new EnhancedStatus(4, 4, 1),
    };

    public static FeedbackRecipient Delivery(string address) => new() { Address = address, Action = FeedbackAction.Delivered };

    /// <summary>A bounce as a message.</summary>
    /// <param name="to">The address that gets it.</param>
    /// <param name="recipient">The recipient that does not exist.</param>
    /// <param name="original">The Message-ID of the email that it is about.</param>
    /// <param name="envelopeId">The envelope id that it returns; null for none.</param>
    public static byte[] Message(string to, string recipient, string original, string? envelopeId = null) => Encoding.ASCII.GetBytes(
        $"""
        Return-Path: <>
        Delivered-To: {to}
        From: MAILER-DAEMON@mx.example.org
        To: {to}
        Subject: Undelivered Mail Returned to Sender
        Message-ID: <{Guid.NewGuid():N}@mx.example.org>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

        --=_b
        Content-Type: text/plain

        It failed.
        --=_b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.org{(envelopeId is null ? "" : $"\nOriginal-Envelope-Id: {envelopeId}")}

        Final-Recipient: rfc822; {recipient}
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; {Words}

        --=_b
        Content-Type: text/rfc822-headers

        Message-ID: <{original}>
        Subject: Hello

        --=_b--

        """);
}
