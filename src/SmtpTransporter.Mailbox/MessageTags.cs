namespace SmtpTransport.Mailbox;

/// <summary>The tags in the header of a message, by which services group their statistics.</summary>
internal static class MessageTags
{
    // Mailpit; Postmark; Mailgun; Amazon SES (name=value).
    private static readonly string[] Names = ["X-Tags", "X-Tag", "X-PM-Tag", "X-Mailgun-Tag", "X-SES-MESSAGE-TAGS"];

    public static IReadOnlyList<string> Read(Email email) =>
    [
        .. email.Headers.Where(h => Names.Contains(h.Name, StringComparer.OrdinalIgnoreCase))
            .SelectMany(h => (h.Value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];
}
