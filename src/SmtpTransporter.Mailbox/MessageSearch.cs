namespace SmtpTransport.Mailbox;

/// <summary>
/// Words that must all be in a message's subject, addresses, tags or beginning, whatever their case. <c>is:unread</c>,
/// <c>has:attachment</c> and <c>tag:name</c> look at these alone.
/// </summary>
internal sealed class MessageSearch(string text)
{
    private readonly string[] _words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public bool Matches(CapturedMessage message, bool isRead) => Array.TrueForAll(_words, word => Matches(message, isRead, word));

    private static bool Matches(CapturedMessage message, bool isRead, string word) => word.ToUpperInvariant() switch
    {
        "IS:UNREAD" => !isRead,
        "HAS:ATTACHMENT" => message.AttachmentCount > 0,
        ['T', 'A', 'G', ':', ..] => message.Tags.Any(tag => Slug(tag).Equals(word[4..], StringComparison.OrdinalIgnoreCase)),
        _ => new[] { message.Subject, message.From, message.Sender, message.Preview }.Concat(message.Recipients).Concat(message.Tags)
            .Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase)),
    };

    /// <summary>A tag in one word.</summary>
    private static string Slug(string tag) => tag.Replace(' ', '-');
}
