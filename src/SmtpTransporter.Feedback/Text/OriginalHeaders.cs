using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace SmtpTransport.Feedback;

/// <summary>The header fields of the email that a report returns: in a part of their own, or quoted in its words.</summary>
internal static class OriginalHeaders
{
    private const int MaxFields = 200;
    private const int MaxValue = 2000;

    // Header fields longer than that are not returned as text by any program.
    private const int MaxOctets = 256 << 10;

    /// <summary>What the first part with a message or its header says; null if there is none.</summary>
    public static OriginalEmail? Find(IEnumerable<MimeEntity> parts)
    {
        foreach (var part in parts)
        {
            if (Read(part) is { Count: > 0 } headers)
                return From(headers);
        }
        return null;
    }

    /// <summary>What a header says that is quoted in a text, with or without marks in front of its lines; null if there is none.</summary>
    public static OriginalEmail? FindIn(string text)
    {
        var header = new StringBuilder();
        foreach (var line in text.AsSpan(0, Math.Min(text.Length, MaxOctets)).EnumerateLines())
        {
            var unquoted = Unquote(line);
            var isField = IsField(unquoted);
            // Folded lines belong to the field before them; words in front of the first field are skipped.
            if (isField || (header.Length > 0 && unquoted is [' ' or '\t', ..] && !unquoted.IsWhiteSpace()))
                header.Append(unquoted).Append("\r\n");
            else if (header.Length > 0)
                break;
        }
        return header.Length > 0 && Load(Encoding.UTF8.GetBytes(header.ToString())) is { Count: > 1 } headers ? From(headers) : null;
    }

    private static HeaderList? Read(MimeEntity part)
    {
        if (part is MessagePart message)
            return message.Message?.Headers;
        return part is MimePart { Content: { } content } leaf && IsHeader(leaf.ContentType) ? Load(content) : null;
    }

    private static bool IsHeader(ContentType type) =>
        type.IsMimeType("message", "global-headers") || type.IsMimeType("message", "global")
        || type.IsMimeType("text", "rfc822-headers") || type.IsMimeType("message", "rfc822");

    private static HeaderList? Load(IMimeContent content)
    {
        using var stream = content.Open();
        var bytes = new byte[MaxOctets];
        return Load(bytes.AsSpan(0, stream.ReadAtLeast(bytes, MaxOctets, throwOnEndOfStream: false)).ToArray());
    }

    private static HeaderList? Load(byte[] header)
    {
        try
        {
            using var stream = new MemoryStream([.. header, .. "\r\n\r\n"u8]);
            return HeaderList.Load(stream);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static OriginalEmail From(HeaderList headers) => new()
    {
        MessageId = MessageIdOf(headers[HeaderId.MessageId]),
        Subject = headers[HeaderId.Subject] is { } subject ? FieldText.Clean(subject) : null,
        ReturnPath = headers[HeaderId.ReturnPath] is { } path ? AddressText.Clean(path) : null,
        Headers = [.. headers.Take(MaxFields).Select(h => new EmailHeader(h.Field, Limit(FieldText.Clean(h.Value))))],
    };

    /// <summary>The first message id in a value, without angle brackets; null if there is none.</summary>
    public static string? MessageIdOf(string? value) =>
        value is null ? null : FieldText.Value(MimeUtils.EnumerateReferences(value[..Math.Min(value.Length, MaxValue)]).FirstOrDefault());

    private static string Limit(string text) => text.Length > MaxValue ? text[..MaxValue] : text;

    private static ReadOnlySpan<char> Unquote(ReadOnlySpan<char> line)
    {
        var text = line.TrimStart(' ');
        while (text is ['>' or '|', ..])
            text = text[1..].TrimStart(' ');
        // What has no mark keeps its blanks: they say that a line is folded.
        return text.Length == line.TrimStart(' ').Length && !IsField(text) ? line : text;
    }

    private static bool IsField(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        return colon is > 1 and < 60 && char.IsAsciiLetter(line[0]) && !line[..colon].ContainsAnyExceptInRange('!', '~');
    }
}
