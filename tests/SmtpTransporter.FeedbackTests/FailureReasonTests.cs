using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class FailureReasonTests
{
    [Theory]
    [InlineData("5.1.8", "550 5.1.8 <bounces@shop.example>: Sender address rejected: Domain not found")]
    [InlineData("5.1.8", "553 5.1.8 <bounces@shop.example>... Domain of sender address bounces@shop.example does not exist")]
    [InlineData("5.7.1", "553 5.7.1 <bounces@shop.example>: Sender address rejected: not logged in")]
    [InlineData("5.1.7", "550 5.1.7 invalid sender address")]
    [InlineData("5.0.0", "550 5.1.8 <bounces@shop.example>: Sender address rejected: Domain not found")]
    [InlineData("5.0.0", "550 Unknown sender domain shop.example, no such domain")]
    [InlineData("5.0.0", "550 Sender verify failed")]
    [InlineData("5.0.0",
        "550-Verification failed for <bounces@shop.example>\n 550-Called:   192.0.2.1\n 550-Sent:     RCPT TO:<bounces@shop.example>\n"
        + " 550-Response: 550 5.1.1 User unknown\n 550 Sender verify failed")]
    public void A_refused_sender_says_nothing_of_the_recipient(string status, string diagnostic)
    {
        var feedback = Reports.Read(Reports.WithFields(
            $"\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n"));

        Assert.Equal("ann@example.org Failed Policy", Reports.Lines(feedback));
        Assert.NotEqual("5.1.1", $"{feedback!.Recipients[0].Status}");
        Assert.DoesNotContain("recipient", feedback.Recipients[0].Explanation!.Meaning, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("5.0.0", "450 4.1.1 <ann@example.org>: Recipient address rejected: User unknown", FeedbackCategory.Soft)]
    [InlineData("5.0.0", "450 User unknown", FeedbackCategory.Soft)]
    [InlineData("4.1.1", "550 User unknown", FeedbackCategory.Soft)]
    [InlineData("5.0.0", "Exim 4.94.2: 550 User unknown", FeedbackCategory.Hard)]
    [InlineData("5.0.0", "550 User unknown (Exim 4.94.2)", FeedbackCategory.Hard)]
    [InlineData("5.1.1", "550 5.1.1 User unknown", FeedbackCategory.Hard)]
    public void Only_what_is_permanent_is_hard(string status, string diagnostic, FeedbackCategory category)
    {
        var feedback = Reports.Read(Reports.WithFields(
            $"\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n"));

        Assert.Equal(category, Assert.Single(feedback!.Recipients).Category);
    }

    [Theory]
    [InlineData("550 5.1.1 User unknown", "5.1.1")]
    [InlineData("550-5.1.1 User unknown", "5.1.1")]
    [InlineData("host mx.example.org[192.0.2.25] said: 550 5.1.1 User unknown", "5.1.1")]
    [InlineData("User unknown (#5.1.1)", "5.1.1")]
    [InlineData("mail.office.example #5.1.1 smtp;550", "5.1.1")]
    [InlineData("User unknown, status: 5.1.1", "5.1.1")]
    [InlineData("rejected by Exim 4.94.2", "5.0.0")]
    public void A_more_specific_status_is_found_in_the_words(string diagnostic, string expected)
    {
        var feedback = Reports.Read(Reports.WithFields(
            $"\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; {diagnostic}\n"));

        Assert.Equal(expected, $"{Assert.Single(feedback!.Recipients).Status}");
    }

    [Fact]
    public void A_recipient_in_words_is_not_judged_by_the_words_of_the_next() => Assert.Equal(
        "a@example.org Failed Soft, b@example.org Failed Hard",
        Reports.Lines(Reports.Read(Reports.OfWords(
            "Hi. This is the qmail-send program at mail.example.org.\n\n"
            + "<a@example.org>:\nSorry, something odd happened.\n\n<b@example.org>:\n550 5.1.1 user unknown\n"))));

    [Theory]
    [InlineData("<a@example.org>:\nSorry, something odd happened.\n\n<b@example.org>:\n550 5.1.1 user unknown")]
    [InlineData("Recipient: a@example.org\nSorry, something odd happened.\n\nRecipient: b@example.org\nuser unknown")]
    [InlineData("xa@example.org: user unknown\na@example.org: odd\nb@example.org: user unknown")]
    public void A_recipient_in_fields_is_not_judged_by_the_words_of_another(string words) => Assert.Equal(
        "a@example.org Failed Soft, b@example.org Failed Hard",
        Reports.Lines(Reports.Read(Reports.WithFields(
            "\nFinal-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.0.0\n"
            + "\nFinal-Recipient: rfc822; b@example.org\nAction: failed\nStatus: 5.0.0\n", words))));
}
