namespace SmtpTransport;

/// <summary>An option with one value.</summary>
internal sealed class ValueOption<T>(string name, Func<ServerOptions, T> get, Func<ServerOptions, T, ServerOptions> set)
    : OptionDescriptor(name)
{
    /// <summary>Null if only code can set the option.</summary>
    public OptionParser<T>? Parse { get; init; }

    /// <summary>A second key in settings.</summary>
    public string? SettingAlias { get; init; }

    /// <summary>The keys of an option that settings set in parts, in place of one key and its alias.</summary>
    public IReadOnlyList<OptionSetting>? Parts { get; init; }

    /// <summary>Returns what is allowed if the option is not valid; otherwise null.</summary>
    public Func<ServerOptions, string?>? Check { get; init; }

    /// <summary>Returns whether a value that is not null may contain a secret although the option itself is not secret.</summary>
    public Func<T, bool>? MayHoldSecret { get; init; }

    /// <summary>Prints a value that is not null; by default as its text.</summary>
    public Func<T, string>? Print { get; init; }

    public override bool IsList => false;

    public override IReadOnlyList<OptionSetting> Settings =>
        Parts ?? (Parse is null ? [] : SettingAlias is null ? [new(Name, Read)] : [new(Name, Read), new(SettingAlias, Read)]);

    public override (ServerOptions Options, string? Allowed) Read(ServerOptions options, string text) =>
        Parse!(text, out var value) is { } allowed ? (options, allowed) : (set(options, value), null);

    public override OptionError? FindError(ServerOptions options) =>
        Check?.Invoke(options) is { } allowed ? OptionError.NotAllowed(Name, Show(get(options), OptionText.Quote), allowed) : null;

    public override bool IsSame(ServerOptions left, ServerOptions right) => EqualityComparer<T>.Default.Equals(get(left), get(right));

    public override string Show(ServerOptions options) => Show(get(options), OptionText.Show);

    private string Show(T value, Func<object?, string> show) =>
        value is null ? show(null)
        : IsSecret || MayHoldSecret?.Invoke(value) == true ? OptionText.Hidden
        : Print?.Invoke(value) ?? show(value);
}
