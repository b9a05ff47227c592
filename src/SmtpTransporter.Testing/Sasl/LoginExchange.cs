using System.Text;

namespace SmtpTransport.Testing;

/// <summary>LOGIN, which has no RFC: the server asks for the user, then for the password. The AUTH command may contain the user.</summary>
internal sealed class LoginExchange(Credentials credentials) : SaslExchange
{
    private bool _hasUser;

    public override SaslResult? First => SaslResult.Ask("Username:");

    public override bool AllowsInitialResponse => true;

    public override SaslResult Respond(byte[] response)
    {
        var text = Encoding.UTF8.GetString(response);
        if (_hasUser)
            return AreEqual(credentials.FindPassword(User), text) ? SaslResult.Success : SaslResult.Failure;
        User = text;
        _hasUser = true;
        return SaslResult.Ask("Password:");
    }
}
