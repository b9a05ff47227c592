using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>
/// Writes text into header fields: folding (RFC 5322, section 2.2.3) and encoded words (RFC 2047) of at most 75 characters that never
/// split a character. The result is ASCII, folded by CRLF and spaces, without the CRLF at the end.
/// </summary>
internal static partial class HeaderText
{
    private const int LineLength = 78;
    // RFC 5322, section 2.1.1.
    private const int MaxLineLength = 998;
    // RFC 2047, section 2: that of a word, and of a line that contains one.
    private const int EncodedWordLength = 75;
    private const int EncodedLineLength = 76;

    private const int RoomForDelimiters = 16;

    // A character beyond the first 65,536 in Q.
    private const int MinRoom = 12;

    private static readonly SearchValues<char> PlainName =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_'");

    // A line is folded before the spaces that precede a word, and has both.
    private static readonly string ManySpaces = new(' ', 100);
    private static readonly int MaxWordLength = MaxLineLength - LineLength - ManySpaces.Length;

    /// <summary>Writes free text such as a subject.</summary>
    public static string Unstructured(string field, string value, MailMode mode) =>
        IsPlain(value) ? Fold(field.Length + 2, value, LineLength) : EncodedWords(field.Length + 2, value, mode);

    /// <summary>Writes text as encoded words, even if it is ASCII.</summary>
    /// <param name="column">Where the first word begins on its line.</param>
    /// <param name="value">The text.</param>
    /// <param name="mode">The charset and the encoding.</param>
    /// <param name="after">How many characters follow the last word on its line.</param>
    public static string Words(int column, string value, MailMode mode, int after) => EncodedWords(column, value, mode, after);

    /// <summary>
    /// Writes what programs read, folded at its spaces. Words that are not ASCII, which only comments and names should have, become encoded
    /// words, because they could not be sent otherwise.
    /// </summary>
    public static string Structured(int column, string value, MailMode mode)
    {
        value = value.Replace('\t', ' ').Trim();
        return Ascii.IsValid(value)
            ? Fold(column, value, LineLength)
            : Fold(column, NotAsciiWord().Replace(value, Encoded), EncodedLineLength);

        string Encoded(Match word) =>
            EncodedWords(1, word.Value, mode, after: RoomForDelimiters).Replace("\r\n", "", StringComparison.Ordinal);
    }

    /// <summary>Writes a name and an id in angle brackets (RFC 2919, section 3). Only the name may become encoded words.</summary>
    public static string NameAndId(int column, string value, MailMode mode)
    {
        var id = value.LastIndexOf('<');
        var name = id < 0 ? "" : value[..id].Trim();
        return name.Length == 0 || IsPlain(name)
            ? Structured(column, value, mode)
            : $"{EncodedWords(column, name, mode)}\r\n {Structured(1, value[id..], mode)}";
    }

    /// <summary>Writes phrases such as keywords, separated by commas and folded.</summary>
    public static string Phrases(string field, IEnumerable<string> phrases, MailMode mode) => Separated(
        field, phrases, (column, text) => IsPlain(text) ? Fold(column, text, LineLength) : EncodedWords(column, text, mode, after: 1));

    /// <summary>Writes addresses with their names, separated by commas and folded.</summary>
    public static string Addresses(string field, IEnumerable<EmailAddress> addresses, MailMode mode) =>
        addresses is EmailAddresses { Count: 1 } one
            ? Mailbox(field.Length + 2, one[0], mode)
            : Separated(field, addresses, (column, address) => Mailbox(column, address, mode));

    private static string Separated<T>(string field, IEnumerable<T> items, Func<int, T, string> write)
    {
        var line = new StringBuilder();
        var column = field.Length + 1;
        var hasWord = false;
        foreach (var item in items)
        {
            if (line.Length > 0)
            {
                line.Append(',');
                column++;
            }
            var text = write(column + 1, item);
            var first = text.IndexOf('\r', StringComparison.Ordinal) is var at and >= 0 ? at : text.Length;
            var limit = hasWord || HasWord(text.AsSpan(0, first)) ? EncodedLineLength : LineLength;
            // The next item needs a comma after this one.
            if (line.Length > 0 && (first == 0 || column + 1 + first >= limit))
            {
                text = write(1, item);
                line.Append("\r\n");
                column = 0;
                hasWord = false;
            }
            line.Append(' ').Append(text);
            var last = text.LastIndexOf('\n');
            column = last < 0 ? column + 1 + text.Length : text.Length - last - 1;
            hasWord = (last < 0 && hasWord) || HasWord(text.AsSpan(last + 1));
        }
        return line.ToString().TrimStart(' ');
    }

    /// <summary>Whether there is an encoded word.</summary>
    public static bool HasWord(ReadOnlySpan<char> line) => line.Contains("=?", StringComparison.Ordinal);

    /// <summary>Writes a name and an address, folded before the address if it does not fit on the line.</summary>
    private static string Mailbox(int column, EmailAddress address, MailMode mode)
    {
        var spec = AddressSpec.WithAsciiDomain(address.Email);
        if (string.IsNullOrEmpty(address.Name))
            return spec;
        var phrase = Phrase(column, address.Name, mode);
        var last = phrase.LastIndexOf('\n');
        var end = last < 0 ? column + phrase.Length : phrase.Length - last - 1;
        var limit = HasWord(phrase) ? EncodedLineLength : LineLength;
        return $"{phrase}{(end + spec.Length + 3 >= limit ? "\r\n" : "")} <{spec}>";
    }

    /// <summary>Writes a display name: as atoms, as a quoted string if ASCII requires it, otherwise as encoded words.</summary>
    private static string Phrase(int column, string name, MailMode mode)
    {
        if (!IsPlain(name) || name.Length > LineLength - 2)
            return EncodedWords(column, name, mode);
        return !name.AsSpan().ContainsAnyExcept(PlainName) && !name.Contains("  ", StringComparison.Ordinal)
            ? name
            : $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Whether text needs no encoding: printable ASCII that readers neither mistake for an encoded word nor trim.</summary>
    private static bool IsPlain(string value) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~')
        && !value.Contains("=?", StringComparison.Ordinal)
        && !value.StartsWith(' ')
        && !value.EndsWith(' ')
        && (value.Length < MaxWordLength || CanFold(value));

    private static bool CanFold(string value) =>
        !value.Contains(ManySpaces, StringComparison.Ordinal) && value.Split(' ').All(word => word.Length < MaxWordLength);

    private static string Fold(int column, string value, int lineLength)
    {
        if (column + value.Length <= lineLength)
            return value;
        var folded = new StringBuilder(value.Length + 16);
        var start = 0;
        while (start < value.Length)
        {
            // A piece is a word with the spaces before it: folding before the spaces preserves them.
            var word = start;
            while (word < value.Length && value[word] == ' ')
                word++;
            var end = value.IndexOf(' ', word);
            if (end < 0)
                end = value.Length;
            if (start > 0 && column + end - start > lineLength)
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

    /// <summary>
    /// Writes encoded words, one per line. Each of them begins and ends in ASCII and has whole characters, whatever the charset.
    /// </summary>
    private static string EncodedWords(int column, string value, MailMode mode, int after = 0)
    {
        var charset = mode.ForHeader(value);
        var base64 = mode.UsesBase64Words;
        var frame = $"=?{charset.Label}?{(base64 ? 'B' : 'Q')}?";
        var words = new StringBuilder();
        var (start, end) = (0, 0);
        var fitting = "";
        foreach (var rune in value.EnumerateRunes())
        {
            var longer = Encoded(value.AsSpan(start, end - start + rune.Utf16SequenceLength));
            if (end > start && longer.Length > Room())
            {
                words.Append(frame).Append(fitting).Append("?=\r\n ");
                column = 1;
                start = end;
                longer = Encoded(value.AsSpan(start, rune.Utf16SequenceLength));
            }
            // Too little is left of the line.
            if (end == 0 && Room() < Math.Max(longer.Length, MinRoom))
            {
                words.Append("\r\n ");
                column = 1;
            }
            end += rune.Utf16SequenceLength;
            fitting = longer;
        }
        return words.Append(frame).Append(fitting).Append("?=").ToString();

        int Room() => Math.Min(EncodedWordLength, EncodedLineLength - column - after) - frame.Length - 2;

        string Encoded(ReadOnlySpan<char> text)
        {
            var bytes = new byte[charset.Encoding.GetMaxByteCount(text.Length)];
            var encoded = bytes.AsSpan(0, charset.Encoding.GetBytes(text, bytes));
            return base64 ? Convert.ToBase64String(encoded) : Q(encoded);
        }
    }

    [GeneratedRegex(@"[^\s()<>@,;:""/\[\]=]*[^\x00-\x7F][^\s()<>@,;:""/\[\]=]*", RegexOptions.CultureInvariant)]
    private static partial Regex NotAsciiWord();

    private static string Q(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length * 3);
        foreach (var b in bytes)
        {
            if (b == ' ')
                text.Append('_');
            else if (IsQLiteral(b))
                text.Append((char)b);
            else
                text.Append('=').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    // RFC 2047, section 5 (3): these are allowed in a phrase, and therefore everywhere.
    private static bool IsQLiteral(byte b) => char.IsAsciiLetterOrDigit((char)b) || (char)b is '!' or '*' or '+' or '-' or '/';
}
