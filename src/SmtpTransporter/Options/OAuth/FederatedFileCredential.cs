namespace SmtpTransport;

/// <summary>A token of another issuer in a file, which the issuer replaces from time to time.</summary>
internal sealed class FederatedFileCredential(string path) : ClientCredential
{
    private readonly string _path = path;

    public override bool Equals(object? obj) => obj is FederatedFileCredential other && _path == other._path;

    public override int GetHashCode() => _path.GetHashCode(StringComparison.Ordinal);

    internal override async ValueTask<IEnumerable<KeyValuePair<string, string>>> CreateParametersAsync(
        string clientId, Uri audience, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            var token = (await File.ReadAllTextAsync(_path, cancellationToken).ConfigureAwait(false)).Trim();
            return token.Length > 0
                ? Assertion(token)
                : throw new AccessTokenException($"The file of the federated token \"{_path}\" is empty.", isTransient: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AccessTokenException(
                $"The file of the federated token cannot be read: {exception.Message.TrimEnd('.')}. Check the path and its permissions.",
                isTransient: true, exception);
        }
    }
}
