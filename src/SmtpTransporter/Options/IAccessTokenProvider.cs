namespace SmtpTransport;

/// <summary>
/// Yields OAuth 2 access tokens. It is asked before a connection logs in, from any thread, and within
/// <see cref="ServerOptions.ConnectionTimeout"/>; keep the token and its renewal here.
/// </summary>
/// <example>
/// <code>
/// sealed class GraphToken(IConfidentialClientApplication app) : IAccessTokenProvider
/// {
///     public async ValueTask&lt;AccessToken&gt; GetTokenAsync(bool renew, CancellationToken cancellationToken)
///     {
///         var result = await app.AcquireTokenForClient(["https://outlook.office365.com/.default"])
///             .WithForceRefresh(renew).ExecuteAsync(cancellationToken);
///         return new AccessToken(result.AccessToken, result.ExpiresOn);
///     }
/// }
/// </code>
/// </example>
public interface IAccessTokenProvider
{
    /// <summary>
    /// Gives a token. An exception becomes a result with an error of component <c>auth</c>.
    /// </summary>
    /// <param name="renew">
    /// True where the server refused the token that was given last, or it has expired: a fresh one is wanted. After a refusal it is asked so
    /// once, then the login has failed.
    /// </param>
    /// <param name="cancellationToken">Ends with the time limit, or with the caller's cancellation.</param>
    /// <remarks>
    /// A synchronous <see cref="SmtpTransporter.Send(Email, CancellationToken)"/> waits for it: the one place where it waits for asynchronous code.
    /// </remarks>
    ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken);
}
