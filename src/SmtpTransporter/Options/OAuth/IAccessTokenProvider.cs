namespace SmtpTransport;

/// <summary>Supplies OAuth 2 access tokens.</summary>
/// <remarks>
/// It is asked before a connection authenticates, from any thread and by several at a time, within <see
/// cref="ServerOptions.ConnectionTimeout"/>. It should keep the token until it expires.
/// </remarks>
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
    /// <summary>Returns a token.</summary>
    /// <param name="renew">
    /// True if the server rejected the last token, or it has expired: a new one is needed. After a rejected token the provider is asked
    /// once more; if that token is rejected too, authentication fails.
    /// </param>
    /// <param name="cancellationToken">Is canceled at the time limit, and if the caller cancels.</param>
    /// <returns>The token.</returns>
    /// <remarks>
    /// An exception becomes a result with an error of component <c>auth</c>. A synchronous <see cref="SmtpTransporter.Send(Email,
    /// CancellationToken)"/> waits for this asynchronous code.
    /// </remarks>
    ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken);
}
