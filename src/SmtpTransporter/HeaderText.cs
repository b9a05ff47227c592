using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// Writes text into header fields: folding (RFC 5322, section 2.2.3) and encoded words (RFC 2047) of at most 75 characters that never
/// split a character. The result is ASCII with CRLF and blanks where lines are folded, without the CRLF at the end.
/// </summary>
internal static class HeaderText
{
    private const int LineLength = 78;
    private const int LongestLine = 998;
    private const int EncodedWordLength = 75;

    /// <summary>Free text such as a subject.</summary>
    public static string Unstructured(string field, string value, MailMode mode) =>
        IsPlain(value) ? Fold(field.Length + 1, value) : EncodedWords(field.Length + 2, value, mode);

    /// <summary>Addresses with their names, comma-separated, a line's length kept.</summary>
    public static string Addresses(string field, IEnumerable<EmailAddress> addresses, MailMode mode)
    {
        var line = new StringBuilder();
        var column = field.Length + 1;
        foreach (var address in addresses)
        {
            if (line.Length > 0)
            {
                line.Append(',');
                column++;
            }
            var spec = AddressSpec.WithAsciiDomain(address.Email);
            var text = string.IsNullOrEmpty(address.Name) ? spec : $"{Phrase(column + 1, address.Name, mode)} <{spec}>";
            var first = text.IndexOf('\r', StringComparison.Ordinal) is var at and >= 0 ? at : text.Length;
            if (line.Length > 0 && column + 1 + first > LineLength)
            {
                text = string.IsNullOrEmpty(address.Name) ? spec : $"{Phrase(1, address.Name, mode)} <{spec}>";
                line.Append("\r\n");
                column = 0;
            }
            line.Append(' ').Append(text);
            var last = text.LastIndexOf('\n');
            column = last < 0 ? column + 1 + text.Length : text.Length - last - 1;
        }
        return line.ToString().TrimStart(' ');
    }

    /// <summary>A display name: atoms as they are, a quoted string where ASCII needs it, encoded words else.</summary>
    private static string Phrase(int column, string name, MailMode mode)
    {
        if (!IsPlain(name) || name.Length > LineLength - 2)
            return EncodedWords(column, name, mode);
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '\'')
            ? name
            : $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>True for text that needs no encoding: printable ASCII that no reader takes for an encoded word or loses blanks of.</summary>
    private static bool IsPlain(string value) =>
        value.All(c => c is >= ' ' and < (char)127)
        && !value.Contains("=?", StringComparison.Ordinal)
        && !value.StartsWith(' ')
        && !value.EndsWith(' ')
        && value.Split(' ').All(word => word.Length < LongestLine - LineLength);

    private static string Fold(int column, string value)
    {
        var folded = new StringBuilder(value.Length + 16);
        var start = 0;
        while (start < value.Length)
        {
            // A piece is the blanks before a word and the word: a line is broken before its blanks, so that none is lost.
            var word = start;
            while (word < value.Length && value[word] == ' ')
                word++;
            var end = value.IndexOf(' ', word);
            if (end < 0)
                end = value.Length;
            if (start > 0 && column + end - start > LineLength)
            {
                folded.Append("\r\n");
                column = 0;
            }
            folded.Append(value, start, end - start);
            column += end - start;
            start = end;
        }
        return folded.ToString();
    }

    private static string EncodedWords(int column, string value, MailMode mode)
    {
        var base64 = mode == MailMode.Utf8Base64;
        var prefix = base64 ? "=?utf-8?B?" : "=?utf-8?Q?";
        var words = new StringBuilder();
        var pending = new List<byte>();
        var length = 0;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(utf8);
            var encoded = base64 ? Base64Length(pending.Count + count) : length + QLength(utf8[..count]);
            var room = Math.Min(EncodedWordLength, Math.Max(LineLength - column, prefix.Length + 2 + 12)) - prefix.Length - 2;
            if (pending.Count > 0 && encoded > room)
            {
                Flush();
                column = 1;
                encoded = base64 ? Base64Length(count) : QLength(utf8[..count]);
            }
            foreach (var b in utf8[..count])
                pending.Add(b);
            length = encoded;
        }
        if (pending.Count > 0)
            Flush();
        return words.ToString();

        void Flush()
        {
            if (words.Length > 0)
                words.Append("\r\n ");
            words.Append(prefix);
            if (base64)
                words.Append(Convert.ToBase64String([.. pending]));
            else
                pending.ForEach(b => AppendQ(words, b));
            words.Append("?=");
            pending.Clear();
            length = 0;
        }
    }

    private static int Base64Length(int bytes) => (bytes + 2) / 3 * 4;

    private static int QLength(ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        foreach (var b in bytes)
            length += b == ' ' || IsQLiteral(b) ? 1 : 3;
        return length;
    }

    private static void AppendQ(StringBuilder words, byte b)
    {
        if (b == ' ')
            words.Append('_');
        else if (IsQLiteral(b))
            words.Append((char)b);
        else
            words.Append('=').Append(b.ToString("X2", CultureInfo.InvariantCulture));
    }

    // RFC 2047, section 5 (3): what may stand in a word of a phrase, and so everywhere.
    private static bool IsQLiteral(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'!' or (byte)'*' or (byte)'+' or (byte)'-' or (byte)'/';
}
