using SmtpTransport.Feedback;

namespace SmtpTransport.Tool;

/// <summary>Looks at a file, whether it is one message.</summary>
internal static class MessageFile
{
    /// <summary>What the reader reads of it, and an octet more if there is one.</summary>
    public static async Task<MemoryStream> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        var buffer = new byte[64 << 10];
        for (int read; content.Length <= FeedbackReader.MaxOctets && (read = await file.ReadAsync(buffer, cancellationToken)) > 0;)
            content.Write(buffer, 0, read);
        content.Position = 0;
        return content;
    }

    /// <summary>Why it is not one message, and what to do; null if it is one.</summary>
    public static string? FindProblem(ReadOnlySpan<byte> content)
    {
        var isMailbox = content.StartsWith("From "u8);
        var message = isMailbox ? Behind(content) : content;
        if (!IsField(message.TrimStart("\r\n"u8)))
            return "this is not an email: it does not begin with a header field. Give an email as it arrived (.eml).";
        return isMailbox && HasSecond(message)
            ? "this is a mailbox of several messages (mbox). Split it, such as with \"git mailsplit -oFOLDER FILE\", and give the folder."
            : null;
    }

    // A line of the text can begin with "From ", too; a header does not follow it.
    private static bool HasSecond(ReadOnlySpan<byte> message)
    {
        for (int at; (at = message.IndexOf("\nFrom "u8)) >= 0;)
        {
            message = Behind(message[(at + 1)..]);
            if (IsField(message))
                return true;
        }
        return false;
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> text) =>
        text.IndexOf((byte)'\n') is >= 0 and var end ? text[(end + 1)..] : [];

    private static bool IsField(ReadOnlySpan<byte> text)
    {
        var line = text.IndexOf((byte)'\n') is >= 0 and var end ? text[..end] : text;
        return line.IndexOf((byte)':') is > 0 and var colon
            && line[..colon].TrimEnd(" \t"u8).IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }
}
