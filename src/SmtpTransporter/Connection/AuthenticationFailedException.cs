namespace SmtpTransport;

/// <summary>The authentication failed, usually by a refusal of the server. Never reaches a caller.</summary>
internal sealed class AuthenticationFailedException(string message, Reply? reply, Exception? inner) : Exception(message, inner)
{
    /// <summary>The server's refusal; null if the failure is not one.</summary>
    public Reply? Reply { get; } = reply;

    /// <summary>Whether an access token was refused, and not a password.</summary>
    public bool WasByToken { get; init; }

    /// <summary>The same failure for another one who waited for this authentication.</summary>
    public AuthenticationFailedException Copy() => new(Message, Reply, this) { WasByToken = WasByToken };
}
