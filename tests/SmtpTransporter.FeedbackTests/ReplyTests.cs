using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class ReplyTests
{
    [Theory]
    [InlineData("Leave request", "hr@shop.example")]
    [InlineData("Leave", "hr@shop.example")]
    [InlineData("Baja médica", "hr@shop.example")]
    [InlineData("Baja", "hr@shop.example")]
    [InlineData("Remove me", "hr@shop.example")]
    [InlineData("Unsubscribe conference", "hr@shop.example")]
    [InlineData("I am ill", "sick-leave@shop.example")]
    [InlineData("A question", "remove@shop.example")]
    public void What_a_person_may_write_is_no_unsubscribe(string subject, string to) =>
        Assert.Null(Reports.Read($"From: ann@example.org\nTo: {to}\nSubject: {subject}\n\nHello.\n"));

    [Theory]
    [InlineData("Unsubscribe", "news@shop.example", FeedbackConfidence.Low)]
    [InlineData("Re: Abmelden", "news@shop.example", FeedbackConfidence.Low)]
    [InlineData("A question", "news-unsubscribe@shop.example", FeedbackConfidence.Medium)]
    [InlineData("unsubscribe", "unsubscribe+17@shop.example", FeedbackConfidence.High)]
    public void An_unsubscribe_is_as_sure_as_its_signs(string subject, string to, FeedbackConfidence confidence)
    {
        var feedback = Reports.Read($"From: ann@example.org\nTo: {to}\nSubject: {subject}\n\n\n");

        Assert.Equal(FeedbackKind.Unsubscribe, feedback?.Kind);
        Assert.Equal(confidence, feedback!.Confidence);
    }

    [Theory]
    [InlineData("Automatic reply: Undeliverable hours", "X-Autoreply: yes\n")]
    [InlineData("Undeliverable hours", "X-Autoreply: yes\n")]
    [InlineData("Automatic reply: Undeliverable hours", "Auto-Submitted: auto-replied\n")]
    public void An_automatic_reply_from_a_mail_server_is_no_bounce_and_not_that_of_a_recipient(string subject, string fields)
    {
        var feedback = Reports.Read(Reports.OfWords(
            "The office failed to open.\n\nbob@example.org\n", subject, "postmaster@example.org", fields + "Return-Path: <>\n"));

        Assert.Equal(FeedbackKind.AutomaticReply, feedback?.Kind);
        Assert.Equal(FeedbackConfidence.Low, feedback!.Confidence);
        Assert.Empty(feedback.Recipients);
    }
}
