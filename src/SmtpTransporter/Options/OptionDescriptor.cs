namespace SmtpTransport;

/// <summary>
/// Everything that is known about an option beside its property: its keys, its parser, its check, how it is printed and compared. It
/// stands in the same file as the property, so that a new option is one edit.
/// </summary>
internal abstract class OptionDescriptor(string name)
{
    /// <summary>The name of the property.</summary>
    public string Name => name;

    /// <summary>The key in a URL; null if a URL cannot set the option.</summary>
    public string? UrlKey { get; init; }

    /// <summary>A secret is never printed, not even in part.</summary>
    public bool IsSecret { get; init; }

    /// <summary>A section of settings (<c>OAuth</c>) that has a reader of its own; null for most options.</summary>
    public string? SettingSection { get; init; }

    /// <summary>A list takes several values: repeated in a URL; with indexes or separated by commas in settings.</summary>
    public abstract bool IsList { get; }

    /// <summary>The keys in settings; none if settings cannot set the option.</summary>
    public abstract IReadOnlyList<OptionSetting> Settings { get; }

    public abstract (ServerOptions Options, string? Allowed) Read(ServerOptions options, string text);

    /// <summary>Returns what is not valid about the option; null if it is valid.</summary>
    public abstract OptionError? FindError(ServerOptions options);

    public abstract bool IsSame(ServerOptions left, ServerOptions right);

    public abstract string Show(ServerOptions options);
}
