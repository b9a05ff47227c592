using System.Text;
using MimeKit;

namespace SmtpTransport.Benchmarks;

/// <summary>The content of the emails: the same for every client and in every run.</summary>
public sealed class MailContent
{
    public const string From = "sender@example.com";
    public const string To = "recipient@example.org";
    public const string Subject = "A message of the benchmarks";
    public const string AttachmentName = "data.bin";

    private MailContent(string text, string? html, byte[]? attachment) => (Text, Html, Attachment) = (text, html, attachment);

    public string Text { get; }

    public string? Html { get; }

    public byte[]? Attachment { get; }

    /// <summary>A message with fewer octets than this was incomplete.</summary>
    public long LeastOctets => Text.Length + (Html?.Length ?? 0) + ((Attachment?.Length ?? 0) * 4L / 3);

    public static MailContent Of(MailSize size) => size switch
    {
        MailSize.Small => new(Prose(1024), null, null),
        MailSize.Letter => new(Prose(5 * 1024), $"<html><body><pre>\r\n{Prose(15 * 1024)}</pre></body></html>\r\n", null),
        _ => new(Prose(256), null, Noise(1024 * 1024)),
    };

    /// <summary>Built as the documentation of MimeKit shows it.</summary>
    public MimeMessage ToMimeMessage()
    {
        var message = new MimeMessage { Subject = Subject };
        message.From.Add(new MailboxAddress("", From));
        message.To.Add(new MailboxAddress("", To));
        var body = new BodyBuilder { TextBody = Text, HtmlBody = Html };
        if (Attachment is not null)
            body.Attachments.Add(AttachmentName, Attachment, new ContentType("application", "octet-stream"));
        message.Body = body.ToMessageBody();
        return message;
    }

    /// <summary>Writes the content for the peers: the parts, and the whole message for libraries that do not build messages.</summary>
    public static void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var size in Enum.GetValues<MailSize>())
        {
            var (content, name) = (Of(size), Path.Combine(folder, size.Name()));
            File.WriteAllText(name + ".txt", content.Text);
            if (content.Html is not null)
                File.WriteAllText(name + ".html", content.Html);
            if (content.Attachment is not null)
                File.WriteAllBytes(name + ".bin", content.Attachment);
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            using var file = File.Create(name + ".eml");
            content.ToMimeMessage().WriteTo(format, file);
        }
    }

    private static string Prose(int length)
    {
        const string Line = "The quick brown fox jumps over the lazy dog, and comes back the same way.\r\n";
        var text = new StringBuilder(length + Line.Length);
        while (text.Length + Line.Length <= length)
            text.Append(Line);
        if (length - text.Length > 2)
            text.Append('x', length - text.Length - 2).Append("\r\n");
        return text.ToString();
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
#pragma warning disable CA5394 // Reproducible on purpose.
        new Random(1).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }
}
