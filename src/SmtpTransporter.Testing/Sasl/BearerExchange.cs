using System.Text;

namespace SmtpTransport.Testing;

/// <summary>XOAUTH2 and OAUTHBEARER (RFC 7628). After a wrong token the server sends an error in JSON, and then the failure.</summary>
internal sealed class BearerExchange(Credentials credentials, bool isOAuthBearer) : SaslExchange
{
    private bool _failed;

    public override SaslResult Respond(byte[] response)
    {
        if (_failed)
            return SaslResult.Failure;
        var parts = Encoding.UTF8.GetString(response).Split('\u0001');
        var user = isOAuthBearer ? ReadUser(parts[0]) : ReadValue(parts[0], "user=");
        var token = Array.Find(parts, p => p.StartsWith("auth=Bearer ", StringComparison.OrdinalIgnoreCase))?["auth=Bearer ".Length..];
        if (user is null || token is null || parts.Length < 4 || parts[^1].Length > 0 || parts[^2].Length > 0)
            return SaslResult.Malformed;
        User = user;
        if (credentials.IsTokenValid(token))
            return SaslResult.Success;
        _failed = true;
        return SaslResult.Ask(isOAuthBearer
            ? """{"status":"invalid_token","scope":"mail"}"""
            : """{"status":"401","schemes":"bearer","scope":"mail"}""");
    }

    // gs2-header: "n,a=user,"
    private static string? ReadUser(string header)
    {
        var parts = header.Split(',');
        return parts.Length == 3 && parts[0] is "n" or "y"
            ? ReadValue(parts[1], "a=")?.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal)
            : null;
    }

    private static string? ReadValue(string text, string name) =>
        text.StartsWith(name, StringComparison.Ordinal) ? text[name.Length..] : null;
}
