namespace SmtpTransport;

/// <summary>A token of another issuer, which the caller's code supplies.</summary>
internal sealed class FederatedTokenCredential(Func<CancellationToken, ValueTask<string>> getToken) : ClientCredential
{
    private readonly Func<CancellationToken, ValueTask<string>> _getToken = getToken;

    public override bool Equals(object? obj) => obj is FederatedTokenCredential other && _getToken == other._getToken;

    public override int GetHashCode() => _getToken.GetHashCode();

    internal override async ValueTask<IEnumerable<KeyValuePair<string, string>>> CreateParametersAsync(
        string clientId, Uri audience, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var token = await _getToken(cancellationToken).ConfigureAwait(false);
        return string.IsNullOrWhiteSpace(token)
            ? throw new AccessTokenException("The callback of the federated token returned no token.", isTransient: true)
            : Assertion(token);
    }
}
