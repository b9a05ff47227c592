using System.Text;

namespace SmtpTransport.Testing;

/// <summary>PLAIN (RFC 4616): the user to act as, the user and the password, separated by NUL.</summary>
internal sealed class PlainExchange(Credentials credentials) : SaslExchange
{
    public override SaslResult Respond(byte[] response)
    {
        var parts = Encoding.UTF8.GetString(response).Split('\0');
        if (parts.Length != 3)
            return SaslResult.Malformed;
        User = parts[1];
        var actsAsItself = parts[0].Length == 0 || parts[0] == User;
        return actsAsItself && AreEqual(credentials.FindPassword(User), parts[2]) ? SaslResult.Success : SaslResult.Failure;
    }
}
