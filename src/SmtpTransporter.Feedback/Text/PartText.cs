using System.Text;
using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>The words for people in a report.</summary>
internal static class PartText
{
    // A report that lists 10,000 recipients has about 2 MB of words.
    private const int MaxOctets = 4 << 20;

    // What is only HTML is short: a few addresses and an advice.
    private const int MaxHtml = 256 << 10;

    /// <summary>The first plain text, or else the first HTML as text.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="isCut">Whether the text is longer than what is read of it.</param>
    public static string Find(IReadOnlyList<MimeEntity> parts, out bool isCut)
    {
        isCut = false;
        var texts = parts.OfType<TextPart>().ToList();
        var text = texts.Find(t => t.IsPlain) ?? texts.Find(t => t.IsHtml) ?? texts.FirstOrDefault();
        if (text is null)
            return "";
        if (!text.IsHtml)
            return Lines(Decode(text, MaxOctets, out isCut));
        var email = new Email { HtmlBody = Decode(text, MaxHtml, out isCut) };
        email.GenerateTextBody();
        return Lines(email.TextBody ?? "");
    }

    private static string Decode(TextPart part, int max, out bool isCut)
    {
        isCut = false;
        if (part.Content is null)
            return "";
        using var content = part.Content.Open();
        var bytes = new byte[Math.Min(max, 4096)];
        var length = 0;
        for (int read; length < max && (read = content.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
            if (length == bytes.Length && length < max)
                Array.Resize(ref bytes, Math.Min(max, length * 4));
        }
        isCut = length == max && content.ReadByte() >= 0;
        var charset = part.ContentType.Charset;
        if (Utf7.IsUtf7(charset))
            return Utf7.Decode(Encoding.ASCII.GetString(bytes, 0, length));
        var encoding = Find(charset);
        // What says that it is ASCII and is not, is read as UTF-8, which has ASCII in it.
        return (encoding is null or ASCIIEncoding ? Encoding.UTF8 : encoding).GetString(bytes, 0, length);
    }

    private static Encoding? Find(string? charset)
    {
        if (charset is null)
            return null;
        try
        {
            return Encoding.GetEncoding(charset);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
}
