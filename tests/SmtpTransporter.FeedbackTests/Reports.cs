using System.Text;
using SmtpTransport.Feedback;

namespace SmtpTransport.FeedbackTests;

/// <summary>Writes reports of which only some lines matter, and reads them.</summary>
internal static class Reports
{
    private static readonly FeedbackReader Reader = new();

    public static EmailFeedback? Read(string text) => Reader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    /// <summary>A report with fields (RFC 3464).</summary>
    /// <param name="groups">The groups of fields of the recipients, each with an empty line in front of it.</param>
    /// <param name="words">The words for people.</param>
    /// <param name="fields">Further fields of the message, each with a line end.</param>
    public static string WithFields(string groups, string words = "It failed.", string fields = "") =>
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n\n"
        + $"--=_b\nContent-Type: text/plain\n\n{words}\n"
        + $"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.org\n{fields}{groups}"
        + "--=_b\nContent-Type: message/rfc822\n\nMessage-ID: <order-1@shop.example>\nSubject: Your order\n\n--=_b--\n";

    /// <summary>A report of words.</summary>
    public static string OfWords(
        string text, string subject = "Undelivered Mail", string from = "MAILER-DAEMON@example.org", string fields = "Return-Path: <>\n") =>
        $"{fields}From: {from}\nTo: bounces@shop.example\nSubject: {subject}\n\n{text}\n";

    /// <summary>The recipients as lines of a table, such as <c>ann@example.org Failed Hard</c>.</summary>
    public static string Lines(EmailFeedback? feedback) =>
        string.Join(", ", (feedback?.Recipients ?? []).Select(r => $"{r.Address} {r.Action?.ToString() ?? "-"} {r.Category}"));
}
