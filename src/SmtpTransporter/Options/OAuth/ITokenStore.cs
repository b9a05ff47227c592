namespace SmtpTransport;

/// <summary>Keeps the refresh token of a user between two starts of the application.</summary>
/// <remarks>
/// It is a secret: whoever has it can send as the user. <see cref="FileTokenStore"/> keeps it in a file. A <see cref="UserTokenProvider"/>
/// makes one call at a time.
/// </remarks>
public interface ITokenStore
{
    /// <summary>Returns the refresh token.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The token; null if there is none.</returns>
    ValueTask<string?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Replaces the refresh token. The old one may not be valid any longer.</summary>
    /// <param name="refreshToken">The new token.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when the token is safe.</returns>
    ValueTask WriteAsync(string refreshToken, CancellationToken cancellationToken);
}
