using System.Text;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class NestedReportTests
{
    private const string Receipt = """
        Content-Type: multipart/report; report-type=disposition-notification; boundary=r

        --r
        Content-Type: text/plain

        It was read.
        --r
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822; ann@example.org
        Original-Message-ID: <17@shop.example>
        Disposition: manual-action/MDN-sent-manually; displayed

        --r--

        """;

    private const string Complaint = """
        Content-Type: multipart/report; report-type=feedback-report; boundary=r

        --r
        Content-Type: text/plain

        It is spam.
        --r
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        Version: 1
        Original-Rcpt-To: <ann@example.org>

        --r--

        """;

    [Theory]
    [InlineData("multipart/mixed")]
    [InlineData("multipart/signed; protocol=\"application/pkcs7-signature\"")]
    public void A_receipt_with_a_footer_or_a_signature_is_found(string type)
    {
        var feedback = Read(Within(type, Receipt));

        Assert.Equal((FeedbackKind.DispositionNotification, "displayed"), (feedback?.Kind, feedback?.Detail));
        Assert.Equal("17@shop.example", feedback!.Original.MessageId);
        Assert.Equal("ann@example.org", Assert.Single(feedback.Recipients).Address);
    }

    [Theory]
    [InlineData("multipart/mixed")]
    [InlineData("multipart/signed; protocol=\"application/pgp-signature\"")]
    public void A_complaint_with_a_footer_or_a_signature_is_found(string type)
    {
        var feedback = Read(Within(type, Complaint));

        Assert.Equal((FeedbackKind.Complaint, FeedbackConfidence.High), (feedback?.Kind, feedback?.Confidence));
        Assert.Equal("ann@example.org", Assert.Single(feedback!.Recipients).Address);
    }

    [Theory]
    [InlineData(Receipt)]
    [InlineData(Complaint)]
    public void A_part_without_a_report_above_it_is_none(string report) =>
        Assert.Null(Read(report.Replace("multipart/report", "multipart/mixed", StringComparison.Ordinal)));

    [Fact]
    public void A_report_that_does_not_say_what_it_is_about_is_no_complaint()
    {
        var feedback = Read(Complaint.Replace("Feedback-Type: abuse\n", "", StringComparison.Ordinal));

        Assert.Equal((FeedbackKind.OtherReport, FeedbackConfidence.Low), (feedback?.Kind, feedback?.Confidence));
        Assert.Null(feedback!.Detail);
    }

    [Fact]
    public async Task A_cancellation_ends_the_judging_of_recipients()
    {
        using var source = new CancellationTokenSource();
        var report = "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Undelivered\nMIME-Version: 1.0\n"
            + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
            + "Reporting-MTA: dns; mail.example.org\n\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
        await using var stream = new CancelingStream(Encoding.ASCII.GetBytes(report), source);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new FeedbackReader().ReadAsync(stream, source.Token));
    }

    private static string Within(string type, string report) =>
        $"Content-Type: {type}; boundary=o\n\n--o\n{report}--o\nContent-Type: text/plain\n\nA footer.\n--o--\n";

    private static EmailFeedback? Read(string body)
    {
        var message = $"From: ann@example.org\nTo: shop@shop.example\nSubject: Report\nMIME-Version: 1.0\n{body}";
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(message));
        return new FeedbackReader().Read(stream);
    }

    /// <summary>Cancels as its end is read.</summary>
    private sealed class CancelingStream(byte[] content, CancellationTokenSource source) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = Read(buffer.Span);
            if (read == 0)
                source.Cancel();
            return ValueTask.FromResult(read);
        }
    }
}
