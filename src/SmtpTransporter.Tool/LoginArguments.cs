namespace SmtpTransport.Tool;

/// <summary>The arguments of <c>login</c>. Immutable.</summary>
/// <param name="Provider"><c>microsoft</c>, <c>google</c>, or the URL of an authorization server.</param>
/// <param name="User">The user of the mail server.</param>
/// <param name="ClientId">The id of the application.</param>
/// <param name="Tenant">The directory, for Microsoft.</param>
/// <param name="Server">The URL of the mail server; null for that of the provider.</param>
/// <param name="Scope">What to consent to; null for that of the provider.</param>
/// <param name="UseDeviceCode">Whether to show a code instead of opening a browser.</param>
/// <param name="Timeout">The seconds that the mail server may take; null for the default.</param>
/// <param name="Trust">The path of a certificate to trust; null for none.</param>
internal sealed record LoginArguments(
    string Provider, string User, string ClientId, string Tenant, string? Server, string? Scope, bool UseDeviceCode, string? Timeout,
    string? Trust);
