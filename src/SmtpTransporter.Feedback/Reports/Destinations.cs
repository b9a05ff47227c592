using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>The addresses that a message was sent to, as far as it says so.</summary>
internal static class Destinations
{
    private const int Max = 50;

    // What servers and programs write as they deliver. The envelope's recipient is in none of the fields of the message itself.
    private static readonly string[] Fields =
    [
        "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-RCPT-To", "X-Receiver", "Original-Recipient",
    ];

    public static IEnumerable<string> Of(MimeMessage message) =>
        message.Headers.Where(h => Fields.Contains(h.Field, StringComparer.OrdinalIgnoreCase))
            .Select(h => FieldText.Address(h.Value)).OfType<string>()
            .Concat(message.To.Mailboxes.Concat(message.Cc.Mailboxes).Select(m => m.Address))
            .Take(Max);
}
