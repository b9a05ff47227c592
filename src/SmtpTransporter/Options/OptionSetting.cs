namespace SmtpTransport;

/// <summary>A key of settings, and how its text changes the options.</summary>
/// <param name="Key">The key, such as <c>KeepAlive</c> or <c>Dkim:Domain</c>.</param>
/// <param name="Read">Returns the changed options; if the text is not valid, the same options and what is allowed.</param>
internal sealed record OptionSetting(string Key, Func<ServerOptions, string, (ServerOptions Options, string? Allowed)> Read);
