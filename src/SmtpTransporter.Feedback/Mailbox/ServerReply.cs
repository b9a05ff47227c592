using System.Text;
using MailKit;

namespace SmtpTransport.Feedback;

/// <summary>
/// Sees the last line of the server: MailKit does not say which code (RFC 5530) a refusal has. What the client sends to log in is a secret,
/// which the server may send back.
/// </summary>
internal sealed class ServerReply(SecretRedactor secrets) : IProtocolLogger
{
    private const int MaxLength = 1000;

    private static readonly string[] PassingCodes = ["[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]"];
    private static readonly string[] RefusingCodes = ["[AUTHENTICATIONFAILED]", "[EXPIRED]"];
    private static readonly string[] LastingCodes = ["[NOPERM]", "[NONEXISTENT]", "[TRYCREATE]", "[CANNOT]"];

    private string _last = "";
    private bool _isLoggedIn;
    private bool _authenticates;

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Whether a refused login says nothing of the user and the password: another attempt may succeed.</summary>
    public bool IsPassing => HasOneOf(PassingCodes);

    /// <summary>Whether a refused login is due to others that are there.</summary>
    public bool IsOfTooMany => _last.Contains("too many", StringComparison.OrdinalIgnoreCase)
        && _last.Contains("connections", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a refused login is due to the user and the password for certain.</summary>
    public bool IsRefusing => HasOneOf(RefusingCodes);

    /// <summary>Whether a refused command is refused again until something is changed.</summary>
    public bool IsLasting => HasOneOf(LastingCodes);

    /// <summary>The login has succeeded: no secret follows.</summary>
    public void EndLogin() => _isLoggedIn = true;

    public void LogConnect(Uri uri)
    {
        // Nothing is logged.
    }

    public void LogClient(byte[] buffer, int offset, int count)
    {
        if (_isLoggedIn)
            return;
        foreach (var line in Encoding.ASCII.GetString(buffer, offset, count).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            if (words.Length > 1)
                _authenticates = words[1].Equals("AUTHENTICATE", StringComparison.OrdinalIgnoreCase);
            // The response follows the mechanism (SASL-IR, RFC 4959), or has a line of its own.
            if (_authenticates && words.Length is 1 or 4)
                secrets.AddReply(words[^1]);
        }
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        var start = Math.Max(offset, offset + count - MaxLength);
        _last = Encoding.ASCII.GetString(buffer, start, offset + count - start);
    }

    public void Dispose()
    {
        // There is nothing to dispose.
    }

    private bool HasOneOf(string[] codes) => Array.Exists(codes, code => _last.Contains(code, StringComparison.OrdinalIgnoreCase));
}
