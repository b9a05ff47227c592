using System.Buffers.Text;
using System.Globalization;

namespace SmtpTransport.Soak;

/// <summary>
/// An email that can be recognized, and of which every missing byte is detected: its Message-ID has its number and the number of lines in
/// its body, and each line begins with a dot, but for the last, which has the number again.
/// </summary>
internal static class SoakEmail
{
    private const string End = "END ";
    private const string Line = ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";

    /// <param name="number">The email's number.</param>
    /// <param name="recipients">How many recipients it has.</param>
    /// <param name="lines">How many lines.</param>
    /// <param name="refused">How many of the recipients a <see cref="WornServer"/> refuses.</param>
    public static Email Create(long number, int recipients, int lines, int refused = 0) => new()
    {
        From = "me@example.com",
        To = string.Join(", ", Enumerable.Range(0, recipients).Select(i => $"{(i < refused ? 'x' : 'r')}{i}@example.org")),
        MessageId = $"{number}.{lines}@soak.example",
        Subject = "Soak",
        TextBody = $"{string.Concat(Enumerable.Repeat(Line, lines))}{End}{number}\n",
    };

    public static bool IsRefused(string address) => address.StartsWith('x');

    /// <summary>The numbers of the emails whose last lines are in these bytes of a connection.</summary>
    public static IReadOnlyList<long> ReadEnds(ReadOnlySpan<byte> bytes)
    {
        var numbers = new List<long>();
        for (var end = 0; (end = bytes.IndexOf("END "u8)) >= 0;)
        {
            bytes = bytes[(end + End.Length)..];
            if (Utf8Parser.TryParse(bytes, out long number, out var used) && bytes[used..].StartsWith("\r\n"u8))
                numbers.Add(number);
        }
        return numbers;
    }

    public static long ParseNumber(string messageId) =>
        long.Parse(messageId.AsSpan(0, messageId.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    public static int ParseRecipient(string address) => address[1] - '0';

    /// <summary>Reads the number of a received message, and whether it is complete. A MIME parser would be too slow here.</summary>
    public static (long Number, bool IsComplete) Read(ReadOnlySpan<byte> raw)
    {
        var id = raw[(raw.IndexOf("Message-I"u8) + "Message-ID: <".Length)..];
        var body = raw[(raw.IndexOf("\r\n\r\n"u8) + 4)..];
        return Utf8Parser.TryParse(id, out long number, out var used) && Utf8Parser.TryParse(id[(used + 1)..], out int lines, out _)
            ? (number, body.Count((byte)'.') == lines && body.Count((byte)'x') == lines * (Line.Length - 2))
            : (-1, false);
    }
}
