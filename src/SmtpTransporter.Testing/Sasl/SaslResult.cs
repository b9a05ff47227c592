using System.Text;

namespace SmtpTransport.Testing;

/// <summary>The server's next step in an authentication. Immutable.</summary>
internal readonly record struct SaslResult(SaslState State, byte[] Challenge)
{
    public static SaslResult Success { get; } = new(SaslState.Success, []);

    public static SaslResult Failure { get; } = new(SaslState.Failure, []);

    public static SaslResult Malformed { get; } = new(SaslState.Malformed, []);

    public static SaslResult Ask(string challenge) => new(SaslState.Challenge, Encoding.UTF8.GetBytes(challenge));
}
