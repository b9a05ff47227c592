using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>Finds what the words of a report say of one recipient.</summary>
/// <remarks>Each address is looked for behind the one before, so that a report with many recipients takes linear time.</remarks>
internal sealed class ReportWords(string text)
{
    private static readonly Regex AddressLine = RuleFile.Compile(
        @"^[ \t]*((failed |final |original )?(recipient|address|to|user)[ \t]*:)?[ \t]*[<\[""']?(smtp:)?[^\s<>@:]+@[^\s<>@]+");

    // What a program says of one recipient is shorter.
    private const int MaxLength = 600;

    private int _position;

    /// <summary>The words behind an address up to the next one; all if it is the only one; else nothing.</summary>
    public string About(string address, bool isOnly)
    {
        if (Find(address) is >= 0 and var found)
        {
            _position = found + address.Length;
            return UpToNext(text.AsSpan(_position), address);
        }
        // A report that names its recipients in another order, or not at all, is not searched again for each of them.
        if (!isOnly)
            _position = -1;
        return isOnly ? text : "";
    }

    /// <summary>
    /// The words, at most 600 characters, up to the first line that begins with another address: what follows belongs to that one.
    /// </summary>
    public static string UpToNext(ReadOnlySpan<char> words, string address)
    {
        words = words[..Math.Min(words.Length, MaxLength)];
        foreach (var match in AddressLine.EnumerateMatches(words))
        {
            if (match.Index > 0 && !words.Slice(match.Index, match.Length).Contains(address, StringComparison.OrdinalIgnoreCase))
                return words[..match.Index].ToString();
        }
        return words.ToString();
    }

    private int Find(string address)
    {
        if (address.Length == 0 || _position < 0)
            return -1;
        var found = text.IndexOf(address, _position, StringComparison.OrdinalIgnoreCase);
        // The end of a longer address is another one.
        while (found >= 0 && (IsOfAddress(found - 1) || IsOfAddress(found + address.Length)))
            found = text.IndexOf(address, found + 1, StringComparison.OrdinalIgnoreCase);
        return found;
    }

    // A dot ends a sentence, too.
    private bool IsOfAddress(int index) => index >= 0 && index < text.Length
        && (char.IsLetterOrDigit(text[index]) || text[index] is '-' or '_' or '+'
            || (text[index] == '.' && index + 1 < text.Length && char.IsLetterOrDigit(text[index + 1])));
}
