namespace SmtpTransport;

/// <summary>A key of settings, and how its text changes the options.</summary>
/// <param name="Key">The key, such as <c>KeepAlive</c> or <c>Dkim:Domain</c>.</param>
/// <param name="Read">Returns the changed options; if the text is not valid, the same options and what is allowed.</param>
internal sealed record OptionSetting(string Key, Func<ServerOptions, string, (ServerOptions Options, string? Allowed)> Read)
{
    /// <summary>
    /// A key such as <c>Dkim:{index}:Domain</c> or <c>Defaults:Headers:{name}</c>, of which a part is not known before.
    /// </summary>
    /// <param name="key">The key with that part in braces.</param>
    /// <param name="read">Takes that part and the text.</param>
    public static OptionSetting WithName(string key, Func<ServerOptions, string, string, (ServerOptions Options, string? Allowed)> read) =>
        new(key, (options, text) => read(options, "", text)) { ReadNamed = read };

    /// <summary>For a key of which a part is not known before; null for the others.</summary>
    public Func<ServerOptions, string, string, (ServerOptions Options, string? Allowed)>? ReadNamed { get; private init; }

    /// <summary>The part of the key that is not known before; null if it is another key.</summary>
    public string? FindName(string key)
    {
        var (open, close) = (Key.IndexOf('{', StringComparison.Ordinal), Key.IndexOf('}', StringComparison.Ordinal));
        var (head, tail) = (Key[..open], Key[(close + 1)..]);
        return key.Length > head.Length + tail.Length && key.StartsWith(head, StringComparison.OrdinalIgnoreCase)
            && key.EndsWith(tail, StringComparison.OrdinalIgnoreCase)
            ? key[head.Length..^tail.Length]
            : null;
    }
}
