namespace SmtpTransport;

/// <summary>
/// The client's side of one authentication with a mechanism that this library does not have (SASL, RFC 4422); see
/// <see cref="ServerOptions.SaslMechanismFactory"/>.
/// </summary>
/// <remarks>
/// An instance serves one authentication and is called by one thread at a time, within <see cref="ServerOptions.ConnectionTimeout"/>. An
/// exception ends the authentication and becomes the error <see cref="SmtpErrorCodes.CallbackFailed"/>. Responses and challenges are never
/// logged.
/// </remarks>
public interface ISaslMechanism
{
    /// <summary>The name by which servers offer the mechanism, such as <c>EXTERNAL</c>.</summary>
    string Name { get; }

    /// <summary>Begins the authentication.</summary>
    /// <returns>The initial response, which may be empty; null if the server sends the first challenge.</returns>
    byte[]? Begin();

    /// <summary>Answers a challenge of the server.</summary>
    /// <param name="challenge">The challenge, decoded; it may be empty.</param>
    /// <returns>The response; it may be empty.</returns>
    byte[] Respond(byte[] challenge);
}
