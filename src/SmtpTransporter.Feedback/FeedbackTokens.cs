using System.Security.Cryptography;

namespace SmtpTransport.Feedback;

/// <summary>
/// Makes and checks signed tokens that say which email a report is about. A token travels in the return path of an email (VERP) or in its
/// envelope id, and comes back with the report.
/// </summary>
/// <remarks>
/// A token has the id, and 80 bits of an HMAC with SHA-256 over it, in letters and digits of base32 (RFC 4648, section 6): it survives a
/// change of case. A token of another key, a forged or a truncated one counts for nothing. A token says only which email it was: whoever
/// has got that email can send it back with a false report. Safe for concurrent callers.
/// </remarks>
public sealed class FeedbackTokens
{
    /// <summary>The octets that a local part may have (RFC 5321, section 4.5.3.1.1).</summary>
    private const int MaxLocalPart = 64;

    private const int MacLength = 10;
    private const int MinKeyLength = 16;

    private static readonly byte[] Purpose = "SmtpTransporter feedback 1\0"u8.ToArray();

    private readonly byte[][] _keys;
    private readonly char _separator;

    /// <summary>Makes and checks tokens with a key.</summary>
    /// <param name="key">The secret key, at least 16 bytes, better 32 random ones.</param>
    /// <param name="oldKeys">Keys of earlier times, whose tokens still count. New tokens are made with <paramref name="key"/>.</param>
    /// <param name="separator">
    /// What the mail server takes for the beginning of an address extension: one of <c>+ - = _ #</c>. Default <c>+</c>.
    /// </param>
    /// <exception cref="ArgumentException">A key is too short, or the separator is not one of these.</exception>
    public FeedbackTokens(ReadOnlyMemory<byte> key, IEnumerable<ReadOnlyMemory<byte>>? oldKeys = null, char separator = '+')
    {
        if (separator is not ('+' or '-' or '=' or '_' or '#'))
            throw new ArgumentException($"The separator '{separator}' is not valid. Valid are + - = _ #.", nameof(separator));
        _separator = separator;
        _keys = [.. (oldKeys ?? []).Prepend(key).Select(k => k.ToArray())];
        var isShort = Array.FindIndex(_keys, k => k.Length < MinKeyLength);
        if (isShort >= 0)
        {
            throw new ArgumentException(
                $"A key has {_keys[isShort].Length} bytes. Use at least {MinKeyLength}, such as RandomNumberGenerator.GetBytes(32).",
                isShort == 0 ? nameof(key) : nameof(oldKeys));
        }
    }

    /// <summary>Makes a return path with a token.</summary>
    /// <param name="address">The address that gets the reports, such as <c>bounces@example.com</c>.</param>
    /// <param name="id">The id of the email, such as that of an outbox entry. A GUID takes 44 characters, 15 digits at most 29.</param>
    /// <returns>Such as <c>bounces+aebagbafaydqqcikbmga2dqpcaireyyuculbogaz@example.com</c>, for <see cref="Email.ReturnPath"/>.</returns>
    /// <exception cref="ArgumentException">
    /// The address has no domain, the id is empty, or the local part would have more than 64 octets (RFC 5321, section 4.5.3.1.1).
    /// </exception>
    public string CreateReturnPath(string address, string id)
    {
        ArgumentNullException.ThrowIfNull(address);
        var at = address.LastIndexOf('@');
        if (at < 1 || at == address.Length - 1)
            throw new ArgumentException($"\"{address}\" is not an address such as bounces@example.com.", nameof(address));
        var local = $"{address[..at]}{_separator}{CreateToken(id)}";
        var octets = System.Text.Encoding.UTF8.GetByteCount(local);
        if (octets > MaxLocalPart)
        {
            throw new ArgumentException(
                $"With the token, the local part of {address} has {octets} octets, and {MaxLocalPart} are allowed. "
                + "Use a shorter address or a shorter id.",
                nameof(id));
        }
        return local + address[at..];
    }

    /// <summary>Makes a token, which can be an <see cref="Email.EnvelopeId"/>.</summary>
    /// <param name="id">The id of the email, 1 to 40 bytes in UTF-8. It can be read from the token by anyone.</param>
    /// <returns>The token: lowercase letters and the digits 2 to 7, at most 82 characters.</returns>
    /// <exception cref="ArgumentException">The id is empty or too long.</exception>
    public string CreateToken(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var payload = TokenId.Encode(id);
        return Base32.Encode([.. payload, .. Sign(_keys[0], payload)]);
    }

    /// <summary>Reads the id from a token, or from the token in a return path.</summary>
    /// <param name="text">A token, or an address with one behind the separator, in any case.</param>
    /// <returns>The id; null if there is no token, or none of the keys has made it.</returns>
    public string? Read(string? text)
    {
        if (text is null || text.Length > 1000)
            return null;
        var at = text.LastIndexOf('@');
        var local = (at < 0 ? text : text[..at]).Trim(' ', '<', '>', '"');
        if (Base32.Decode(local.AsSpan(local.LastIndexOf(_separator) + 1)) is not { Length: > MacLength + 1 } bytes)
            return null;
        var payload = bytes.AsSpan(0, bytes.Length - MacLength);
        var mac = bytes.AsSpan(payload.Length);
        var isValid = false;
        foreach (var key in _keys)
            isValid |= CryptographicOperations.FixedTimeEquals(mac, Sign(key, payload));
        return isValid ? TokenId.Decode(payload) : null;
    }

    private static byte[] Sign(byte[] key, ReadOnlySpan<byte> payload)
    {
        byte[] content = [.. Purpose, .. payload];
        return HMACSHA256.HashData(key, content)[..MacLength];
    }
}
