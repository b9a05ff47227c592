using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>The server's side of one SASL mechanism (RFC 4422), for one attempt. Used by one task.</summary>
internal abstract class SaslExchange
{
    /// <summary>The user that tries to authenticate; empty until the client has named it.</summary>
    public string User { get; protected set; } = "";

    /// <summary>The first challenge, or null if the client begins.</summary>
    public virtual SaslResult? First => null;

    /// <summary>Whether the AUTH command may contain an initial response (RFC 4954, section 4).</summary>
    public virtual bool AllowsInitialResponse => First is null;

    /// <summary>Takes a response of the client.</summary>
    public abstract SaslResult Respond(byte[] response);

    /// <returns>Null if the server does not know the mechanism.</returns>
    public static SaslExchange? Create(string mechanism, Credentials credentials) => mechanism switch
    {
        "PLAIN" => new PlainExchange(credentials),
        "LOGIN" => new LoginExchange(credentials),
        "CRAM-MD5" => new CramMd5Exchange(credentials),
        "SCRAM-SHA-256" => new ScramSha256Exchange(credentials),
        "XOAUTH2" or "OAUTHBEARER" => new BearerExchange(credentials, mechanism == "OAUTHBEARER"),
        _ => null,
    };

    protected static bool AreEqual(string? expected, string given) =>
        expected is not null
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
