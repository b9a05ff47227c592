using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Outbox;

/// <summary>
/// What an email is found by: hashes of one length, which every database indexes. Those of an encrypted email have a secret key, because
/// whoever has a list of addresses could try them otherwise.
/// </summary>
internal static class SearchTerms
{
    // In bytes. No two of 2^64 values are equal by chance.
    private const int Length = 16;

    private static readonly IdnMapping Idn = new();

    /// <summary>The terms of an email, each once.</summary>
    /// <param name="envelope">What it is found by.</param>
    /// <param name="key">The secret key; null for an email that is not encrypted.</param>
    public static IEnumerable<string> Of(StoredEnvelope envelope, byte[]? key)
    {
        var terms = envelope.Recipients.Select(r => OfRecipient(r.Address, key));
        return (envelope.MessageId.Length == 0 ? terms : terms.Append(OfMessageId(envelope.MessageId, key))).Distinct();
    }

    public static string OfRecipient(string address, byte[]? key) => Hash($"r{Normalize(address)}", key);

    /// <summary>
    /// Of an entry of the suppression list: made of the term without a key, so that an entry can get one whose address was erased.
    /// </summary>
    public static string OfSuppression(string clearTerm, byte[]? key) => key is null ? clearTerm : Hash($"s{clearTerm}", key);

    public static string OfMessageId(string messageId, byte[]? key) => Hash($"m{messageId.Trim().Trim('<', '>')}", key);

    /// <summary>
    /// The address in one spelling: in lower case, with the domain in ASCII. RFC 5321, section 2.4, lets a host tell the case of a mailbox
    /// apart; no user of a search does.
    /// </summary>
    public static string Normalize(string address)
    {
        var text = address.Trim();
        try
        {
            text = text.Normalize();
        }
        catch (ArgumentException)
        {
            // It has half a surrogate pair.
            return text.ToLowerInvariant();
        }
        var domain = text.LastIndexOf('@') + 1;
        return domain == 0 ? text.ToLowerInvariant() : text[..domain].ToLowerInvariant() + NormalizeDomain(text[domain..]);
    }

    /// <summary>The domain as it is sent, in ASCII, and in lower case; one that is not valid only in lower case.</summary>
    public static string NormalizeDomain(string domain)
    {
        if (Ascii.IsValid(domain))
            return domain.ToLowerInvariant();
        try
        {
            var ascii = Idn.GetAscii(domain);
            // Without the tables of ICU nothing is folded. With them it comes first: of some letters, the lower one is another domain.
            return (Idn.GetUnicode(ascii).Any(char.IsUpper) ? Idn.GetAscii(domain.ToLowerInvariant()) : ascii).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return domain.ToLowerInvariant();
        }
    }

    private static string Hash(string text, byte[]? key)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var hash = key is null ? SHA256.HashData(bytes) : HMACSHA256.HashData(key, bytes);
        return Convert.ToHexStringLower(hash.AsSpan(0, Length));
    }
}
