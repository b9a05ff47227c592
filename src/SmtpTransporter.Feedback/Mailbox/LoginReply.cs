using System.Text;
using MailKit;

namespace SmtpTransport.Feedback;

/// <summary>
/// Sees the last line of the server: MailKit does not say which code (RFC 5530) a refused login has. It keeps nothing of the client's.
/// </summary>
internal sealed class LoginReply : IProtocolLogger
{
    private const int MaxLength = 1000;

    private static readonly string[] PassingCodes = ["[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]"];

    private string _last = "";
    private bool _isOver;

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Whether the refusal says nothing of the user and the password: another attempt may succeed.</summary>
    public bool IsPassing => Array.Exists(PassingCodes, code => _last.Contains(code, StringComparison.OrdinalIgnoreCase));

    /// <summary>The login has succeeded: what follows is not looked at.</summary>
    public void End() => _isOver = true;

    public void LogConnect(Uri uri)
    {
        // Nothing is logged.
    }

    public void LogClient(byte[] buffer, int offset, int count)
    {
        // Nothing is logged.
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (_isOver)
            return;
        var start = Math.Max(offset, offset + count - MaxLength);
        _last = Encoding.ASCII.GetString(buffer, start, offset + count - start);
    }

    public void Dispose()
    {
        // There is nothing to dispose.
    }
}
