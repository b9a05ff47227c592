using System.Security.Cryptography;

namespace SmtpTransport.ReaderLab;

/// <summary>What a reader sees in a message. A null is what this reader does not say, or does not find.</summary>
internal sealed record Seen
{
    public string? Subject { get; init; }

    /// <summary>Pairs of name and address; a name is never null.</summary>
    public IReadOnlyList<string[]>? From { get; init; }

    public IReadOnlyList<string[]>? To { get; init; }

    /// <summary>The first text that is no file, with LF and without line breaks at its end.</summary>
    public string? Text { get; init; }

    public string? Html { get; init; }

    /// <summary>Everything else, in order.</summary>
    public IReadOnlyList<SeenFile>? Files { get; init; }

    /// <summary>What went wrong in the reader.</summary>
    public string? Error { get; init; }

    /// <summary>What an email should look like to a reader.</summary>
    public static Seen In(Email email)
    {
        var files = email.Attachments.OrderBy(a => a.Cid is null || email.HtmlBody is null)
            .Select(a => new SeenFile(a.Name, a.Type == "message/rfc822" ? null : HashOf(a.GetContent()))).ToList();
        if (email.Calendar is not null)
            files.Insert(0, new SeenFile(null, null));
        return new Seen
        {
            Subject = email.Subject,
            From = Pairs(email.From),
            To = Pairs(email.To),
            Text = WithoutEnd(email.TextBody ?? (email.HtmlBody is null ? "" : null)),
            Html = WithoutEnd(email.HtmlBody),
            Files = files,
        };
    }

    public static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string[][] Pairs(EmailAddresses addresses) => [.. addresses.Select(a => new[] { a.Name ?? "", a.Email })];

    private static string? WithoutEnd(string? text) => text?.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n');
}
