using System.Buffers.Text;
using System.Globalization;
using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>
/// A mail that can be told again, and of which each missing byte is seen: its Message-ID has its number and the lines of its body, each of
/// which begins with a dot.
/// </summary>
internal static class SoakMail
{
    private const string Line = ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";

    public static Email New(long number, int recipients, int lines) => new()
    {
        From = "me@example.com",
        To = string.Join(", ", Enumerable.Range(0, recipients).Select(i => $"r{i}@example.org")),
        MessageId = $"{number}.{lines}@soak.example",
        Subject = "Soak",
        TextBody = string.Concat(Enumerable.Repeat(Line, lines)),
    };

    public static long NumberOf(string messageId) => long.Parse(messageId.AsSpan(0, messageId.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    public static int RecipientOf(string address) => address[1] - '0';

    /// <summary>The number of a mail that the server has, and whether it is whole. Not by a parser: there are too many for that.</summary>
    public static (long Number, bool Whole) Read(ReceivedMessage message)
    {
        var raw = message.Raw.Span;
        var id = raw[(raw.IndexOf("Message-I"u8) + "Message-ID: <".Length)..];
        var body = raw[(raw.IndexOf("\r\n\r\n"u8) + 4)..];
        return Utf8Parser.TryParse(id, out long number, out var used) && Utf8Parser.TryParse(id[(used + 1)..], out int lines, out _)
            ? (number, body.Count((byte)'.') == lines && body.Count((byte)'x') == lines * (Line.Length - 2))
            : (-1, false);
    }
}
