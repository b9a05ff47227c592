using System.Globalization;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>Checks the parameters of MAIL and RCPT against what the server offers. Used by one task.</summary>
internal sealed class EnvelopeParameters(ConversationContext context)
{
    private const int MaxEnvelopeIdLength = 100;
    private const int MaxOriginalRecipientLength = 500;

    private static readonly Reply NeedsSmtpUtf8 = new(553, "5.6.7", "The address needs SMTPUTF8");

    private SmtpTestServerOptions Options => context.Options;

    /// <returns>The refusal, or null if the path and its parameters are acceptable in MAIL.</returns>
    public Reply? CheckSender(MailPath path)
    {
        foreach (var (key, value) in path.Parameters)
        {
            var (offered, valid) = key switch
            {
                "SIZE" => (Options.SizeLimit is not null, value?.Length <= 20 && value.All(char.IsAsciiDigit)),
                "BODY" => (Options.EightBitMime, value?.ToUpperInvariant() is "7BIT" or "8BITMIME"),
                "SMTPUTF8" => (Options.SmtpUtf8, value is null),
                "REQUIRETLS" => (context.OffersRequireTls, value is null),
                "RET" => (Options.Dsn, value?.ToUpperInvariant() is "FULL" or "HDRS"),
                "ENVID" => (Options.Dsn, IsXText(value, MaxEnvelopeIdLength)),
                "AUTH" => (context.OffersAuth, value is not null),
                _ => (false, false),
            };
            if (!offered || !context.IsExtended)
                return NotSupported(key);
            if (!valid)
                return InvalidValue(key);
        }
        if (path.Parameters.TryGetValue("SIZE", out var size)
            && UInt128.Parse(size!, CultureInfo.InvariantCulture) > (UInt128)Options.SizeLimit!.Value)
            return Reply.TooLarge;
        return path.IsAscii || path.Parameters.ContainsKey("SMTPUTF8") ? null : NeedsSmtpUtf8;
    }

    /// <returns>The refusal, or null if the path and its parameters are acceptable in RCPT.</returns>
    public Reply? CheckRecipient(MailPath path, bool utf8)
    {
        foreach (var (key, value) in path.Parameters)
        {
            if (!Options.Dsn || !context.IsExtended || key is not ("NOTIFY" or "ORCPT"))
                return NotSupported(key);
            var valid = key == "NOTIFY"
                ? value?.ToUpperInvariant() is "NEVER"
                    || (value?.Split(',').All(v => v.ToUpperInvariant() is "SUCCESS" or "FAILURE" or "DELAY") ?? false)
                : value?.IndexOf(';', StringComparison.Ordinal) is > 0 && IsXText(value, MaxOriginalRecipientLength, utf8);
            if (!valid)
                return InvalidValue(key);
        }
        return path.IsAscii || utf8 ? null : NeedsSmtpUtf8;
    }

    private static Reply NotSupported(string key) => new(555, "5.5.4", $"Parameter {key} is not supported");

    private static Reply InvalidValue(string key) => Reply.SyntaxError($"Parameter {key} has no valid value");

    // xtext (RFC 3461, section 4): printable ASCII, "+" only before two upper-case hex digits. ORCPT alone may have UTF-8 (RFC 6533).
    private static bool IsXText(string? text, int maxLength, bool utf8 = false)
    {
        if (text is null || text.Length > maxLength || !(utf8 || Ascii.IsValid(text)))
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            var isEscape = i + 2 < text.Length && char.IsAsciiHexDigitUpper(text[i + 1]) && char.IsAsciiHexDigitUpper(text[i + 2]);
            if (text[i] == '+' && !isEscape)
                return false;
        }
        return true;
    }
}
