using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SmtpTransport.Feedback;

/// <summary>An id in as few bytes as possible: a GUID in 16, a number in as many as it needs, any other text in UTF-8.</summary>
internal static class TokenId
{
    private const byte Text = 1, Guid = 2, Number = 3;
    private const int MaxText = 40;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static byte[] Encode(string id)
    {
        // Only what comes back as the same text is shortened.
        if (System.Guid.TryParseExact(id, "D", out var guid) && guid.ToString("D") == id)
            return [Guid, .. guid.ToByteArray(bigEndian: true)];
        if (ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Invariant(number) == id)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
            var start = bytes.IndexOfAnyExcept((byte)0);
            return [Number, .. start < 0 ? bytes[7..] : bytes[start..]];
        }
        var text = Strict.GetBytes(id);
        return text.Length <= MaxText
            ? [Text, .. text]
            : throw new ArgumentException($"The id has {text.Length} bytes in UTF-8, and at most {MaxText} are allowed.", nameof(id));
    }

    public static string? Decode(ReadOnlySpan<byte> bytes)
    {
        var value = bytes[1..];
        try
        {
            return (bytes[0], value.Length) switch
            {
                (Text, _) => Strict.GetString(value),
                (Guid, 16) => new System.Guid(value, bigEndian: true).ToString("D"),
                (Number, <= 8) => Invariant(ReadNumber(value)),
                _ => null,
            };
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static ulong ReadNumber(ReadOnlySpan<byte> bytes)
    {
        var number = 0UL;
        foreach (var b in bytes)
            number = (number << 8) | b;
        return number;
    }

    private static string Invariant(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
