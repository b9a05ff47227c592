using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class TextReportTests
{
    [Theory]
    [InlineData("delivery@carrier.example", "Delivery status of your parcel",
        "The delivery attempt failed. Questions? Write to help@carrier.example")]
    [InlineData("delivery@carrier.example", "Delivery failed", "It was refused.\n\nhelp@carrier.example\n")]
    [InlineData("administrator@shop.example", "Message failure", "Account disabled by administrator.\nUser: ann@example.org")]
    [InlineData("nobody@host.example", "Logwatch for host", "Invalid user admin from 203.0.113.5\nContact: abuse@isp.example")]
    public void An_email_of_a_program_is_no_report(string from, string subject, string text)
    {
        Assert.Null(Reports.Read(Reports.OfWords(text, subject, from, "Return-Path: <a@b.example>\n")));
        Assert.Null(Reports.Read(Reports.OfWords(text, subject, from, "Auto-Submitted: auto-generated\n")));
    }

    [Fact]
    public void A_form_counts_only_if_a_mail_server_has_written_it()
    {
        const string Text = "Hi. This is the qmail-send program at mail.example.org.\n\n<a@example.org>:\n550 5.1.1 user unknown\n";

        Assert.True(Reports.Read(Reports.OfWords(Text, from: "postmaster@example.org", fields: ""))?.IsBounce);
        Assert.True(Reports.Read(Reports.OfWords(Text, from: "ann@example.org"))?.IsBounce);
        Assert.Null(Reports.Read(Reports.OfWords(Text, from: "ann@example.org", fields: "Auto-Submitted: auto-generated\n")));
    }

    [Theory]
    [InlineData("Delivery Status Notification (Delay)")]
    [InlineData("Mail delivery status: Success")]
    [InlineData("Warning: mail delivery problem")]
    [InlineData("Delivery status: relayed")]
    public void What_only_resembles_a_report_and_has_not_failed_says_nothing(string subject) =>
        Assert.Null(Reports.Read(Reports.OfWords("No errors.\n\nann@example.org\n", subject)));
}
