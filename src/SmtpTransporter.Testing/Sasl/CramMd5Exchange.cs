using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>CRAM-MD5 (RFC 2195): an HMAC of the challenge proves that the client knows the password.</summary>
internal sealed class CramMd5Exchange : SaslExchange
{
    private readonly Credentials _credentials;
    private readonly string _challenge;

    public CramMd5Exchange(Credentials credentials)
    {
        _credentials = credentials;
        _challenge = $"<{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}@{credentials.HostName}>";
    }

    public override SaslResult? First => SaslResult.Ask(_challenge);

    [SuppressMessage("Security", "CA5351", Justification = "The mechanism is defined with MD5.")]
    public override SaslResult Respond(byte[] response)
    {
        var text = Encoding.UTF8.GetString(response);
        var space = text.LastIndexOf(' ');
        if (space <= 0)
            return SaslResult.Malformed;
        User = text[..space];
        if (_credentials.FindPassword(User) is not { } password)
            return SaslResult.Failure;
        var digest = HMACMD5.HashData(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(_challenge));
        return Convert.ToHexString(digest).Equals(text[(space + 1)..], StringComparison.OrdinalIgnoreCase)
            ? SaslResult.Success
            : SaslResult.Failure;
    }
}
