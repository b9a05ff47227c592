namespace SmtpTransport;

/// <summary>What a user has to do to sign in with a device code (RFC 8628, section 3.2). Immutable.</summary>
/// <param name="VerificationUri">The page that the user must open, on any device.</param>
/// <param name="UserCode">The code that the user must enter there.</param>
/// <param name="VerificationUriComplete">The same page with the code, such as for a QR code; null if the server has none.</param>
/// <param name="ExpiresAt">When the code expires.</param>
public sealed record DeviceCodePrompt(Uri VerificationUri, string UserCode, Uri? VerificationUriComplete, DateTimeOffset ExpiresAt)
{
    /// <summary>A sentence for the user.</summary>
    /// <returns>The page and the code.</returns>
    public override string ToString() =>
        $"Open {VerificationUri} and enter the code {UserCode}.";
}
