using System.Buffers.Text;
using System.Globalization;
using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>
/// An email that can be recognized, and of which every missing byte is detected: its Message-ID has its number and the number of lines in
/// its body, and each line begins with a dot.
/// </summary>
internal static class SoakEmail
{
    private const string Line = ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";

    public static Email Create(long number, int recipients, int lines) => new()
    {
        From = "me@example.com",
        To = string.Join(", ", Enumerable.Range(0, recipients).Select(i => $"r{i}@example.org")),
        MessageId = $"{number}.{lines}@soak.example",
        Subject = "Soak",
        TextBody = string.Concat(Enumerable.Repeat(Line, lines)),
    };

    public static long ParseNumber(string messageId) =>
        long.Parse(messageId.AsSpan(0, messageId.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    public static int ParseRecipient(string address) => address[1] - '0';

    /// <summary>Reads the number of a received message, and whether it is complete. A MIME parser would be too slow here.</summary>
    public static (long Number, bool IsComplete) Read(ReceivedMessage message)
    {
        var raw = message.Raw.Span;
        var id = raw[(raw.IndexOf("Message-I"u8) + "Message-ID: <".Length)..];
        var body = raw[(raw.IndexOf("\r\n\r\n"u8) + 4)..];
        return Utf8Parser.TryParse(id, out long number, out var used) && Utf8Parser.TryParse(id[(used + 1)..], out int lines, out _)
            ? (number, body.Count((byte)'.') == lines && body.Count((byte)'x') == lines * (Line.Length - 2))
            : (-1, false);
    }
}
