namespace SmtpTransport;

/// <summary>An access token could not be obtained. The message says why and what to do, and contains no secret.</summary>
/// <remarks>
/// The providers of this library throw it, and a provider of the caller may. A send does not throw it: its result has the error <see
/// cref="SmtpErrorCodes.TokenUnavailable"/> if it is transient, and <see cref="SmtpErrorCodes.TokenRefused"/> if it is not.
/// </remarks>
/// <param name="message">Why there is no token, and what to do.</param>
/// <param name="isTransient">Whether the same request may succeed later although nothing was changed.</param>
/// <param name="innerException">The cause; null if there is none.</param>
public sealed class AccessTokenException(string message, bool isTransient, Exception? innerException = null)
    : InvalidOperationException(message, innerException)
{
    /// <summary>Whether the same request may succeed later although nothing was changed.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>The error code of the authorization server, such as <c>invalid_client</c> (RFC 6749, section 5.2); null if it sent
    /// none.</summary>
    public string? Error { get; init; }

    /// <summary>When the authorization server accepts the next request (429 and 503 with Retry-After); null if it did not say so.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The same failure for another caller who waited for the same request.</summary>
    internal AccessTokenException Copy() => new(Message, IsTransient, InnerException) { Error = Error, RetryAt = RetryAt };
}
