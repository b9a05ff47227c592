using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: each side proves that it knows the password.</summary>
internal sealed class ScramSha256Exchange(Credentials credentials) : SaslExchange
{
    private string _clientFirst = "";
    private string _serverFirst = "";
    private string _header = "";
    private string _nonce = "";
    private bool _verified;

    public override SaslResult Respond(byte[] response)
    {
        // The server's signature was the last challenge; the client confirms it with an empty response.
        if (_verified)
            return response.Length == 0 ? SaslResult.Success : SaslResult.Malformed;
        var text = Encoding.UTF8.GetString(response);
        return _serverFirst.Length == 0 ? Begin(text) : Verify(text);
    }

    private SaslResult Begin(string text)
    {
        // gs2-header: flag "n" or "y" ("p" requests channel binding, which is not offered), then an optional user to act as.
        var parts = text.Split(',');
        if (parts.Length < 4 || parts[0] is not ("n" or "y") || ReadValue(parts[2], 'n') is not { } user
            || ReadValue(parts[3], 'r') is not { Length: > 0 } nonce)
            return SaslResult.Malformed;
        User = user.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        _header = $"{parts[0]},{parts[1]},";
        _clientFirst = text[_header.Length..];
        _nonce = nonce + Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        _serverFirst = $"r={_nonce},s={Convert.ToBase64String(credentials.Salt)},i={Credentials.Iterations}";
        return SaslResult.Ask(_serverFirst);
    }

    private SaslResult Verify(string text)
    {
        var proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        var parts = text.Split(',');
        if (proofAt < 0 || parts.Length < 3)
            return SaslResult.Malformed;
        var proof = new byte[32];
        if (!Convert.TryFromBase64String(text[(proofAt + 3)..], proof, out var length) || length != proof.Length)
            return SaslResult.Malformed;
        if (ReadValue(parts[0], 'c') != Convert.ToBase64String(Encoding.UTF8.GetBytes(_header)) || ReadValue(parts[1], 'r') != _nonce)
            return SaslResult.Failure;
        // An unknown user fails here too, not earlier, so that the server does not reveal which users exist.
        if (credentials.FindSaltedPassword(User) is not { } salted)
            return SaslResult.Failure;
        var message = Encoding.UTF8.GetBytes($"{_clientFirst},{_serverFirst},{text[..proofAt]}");
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var clientKey = HMACSHA256.HashData(storedKey, message);
        for (var i = 0; i < clientKey.Length; i++)
            clientKey[i] ^= proof[i];
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), storedKey))
            return SaslResult.Failure;
        _verified = true;
        var signature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        return SaslResult.Ask("v=" + Convert.ToBase64String(signature));
    }

    private static string? ReadValue(string attribute, char name) =>
        attribute.Length >= 2 && attribute[0] == name && attribute[1] == '=' ? attribute[2..] : null;
}
