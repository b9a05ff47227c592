namespace SmtpTransport.Testing;

/// <summary>A request that an <see cref="OAuthTestServer"/> received. Immutable.</summary>
/// <param name="Path">The path of the URL.</param>
/// <param name="Parameters">The parameters of the query and the form, which may be secrets.</param>
public sealed record OAuthTestRequest(string Path, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The grant type; null if the request has none.</summary>
    public string? GrantType => Parameters.GetValueOrDefault("grant_type");

    /// <summary>The path and the grant type, without the parameters.</summary>
    /// <returns>Text for the output of a failing test.</returns>
    public override string ToString() => $"{Path} {GrantType}".TrimEnd();
}
