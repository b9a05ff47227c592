using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>The server's side of one SASL mechanism (RFC 4422), for one attempt.</summary>
internal abstract class SaslExchange
{
    /// <summary>Who tries to log in, as soon as it is known.</summary>
    public string User { get; protected set; } = "";

    /// <summary>What the server says first, or null if the client begins.</summary>
    public virtual SaslResult? First => null;

    /// <summary>Whether AUTH may bring a response along (RFC 4954, 4).</summary>
    public virtual bool AllowsInitialResponse => First is null;

    public abstract SaslResult Respond(byte[] response);

    /// <summary>Null if the server does not know the mechanism.</summary>
    public static SaslExchange? Create(string mechanism, Credentials credentials) => mechanism switch
    {
        "PLAIN" => new PlainExchange(credentials),
        "LOGIN" => new LoginExchange(credentials),
        "CRAM-MD5" => new CramMd5Exchange(credentials),
        "SCRAM-SHA-256" => new ScramSha256Exchange(credentials),
        "XOAUTH2" or "OAUTHBEARER" => new BearerExchange(credentials, mechanism == "OAUTHBEARER"),
        _ => null,
    };

    protected static bool Same(string? expected, string given)
        => expected is not null
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
