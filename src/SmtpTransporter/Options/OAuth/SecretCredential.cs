namespace SmtpTransport;

/// <summary>A secret as text.</summary>
internal sealed class SecretCredential(string secret) : ClientCredential
{
    private readonly string _secret = secret;

    public override bool Equals(object? obj) => obj is SecretCredential other && _secret == other._secret;

    public override int GetHashCode() => _secret.GetHashCode(StringComparison.Ordinal);

    internal override ValueTask<IEnumerable<KeyValuePair<string, string>>> CreateParametersAsync(
        string clientId, Uri audience, DateTimeOffset now, CancellationToken cancellationToken) =>
        new([new("client_secret", _secret)]);
}
