namespace SmtpTransport;

/// <summary>The authentication failed, usually by a refusal of the server. Never reaches a caller.</summary>
internal sealed class AuthenticationFailedException(string message, Reply? reply, Exception? inner) : Exception(message, inner)
{
    /// <summary>The server's refusal; null if the failure is not one.</summary>
    public Reply? Reply { get; } = reply;
}
