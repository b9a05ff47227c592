namespace SmtpTransport;

/// <summary>An option with any number of values. It is compared by its items; null is not valid.</summary>
internal sealed class ListOption<T>(
    string name, Func<ServerOptions, IReadOnlyList<T>> get, Func<ServerOptions, IReadOnlyList<T>, ServerOptions> set)
    : OptionDescriptor(name)
    where T : class
{
    /// <summary>Parses one value of a setting, which may stand for several items. Null if only code can set the option.</summary>
    public OptionParser<IReadOnlyList<T>>? ParseItems { get; init; }

    /// <summary>Returns what is allowed if the item, which may be null, is not valid; otherwise null.</summary>
    public required Func<T?, string?> CheckItem { get; init; }

    public Func<T, string> PrintItem { get; init; } = item => OptionText.Show(item);

    /// <summary>The keys of a list that settings set in parts, in place of one key.</summary>
    public IReadOnlyList<OptionSetting>? Parts { get; init; }

    public IEqualityComparer<T> Comparer { get; init; } = EqualityComparer<T>.Default;

    public override bool IsList => true;

    public override IReadOnlyList<OptionSetting> Settings => Parts ?? (ParseItems is null ? [] : [new(Name, Read)]);

    public override (ServerOptions Options, string? Allowed) Read(ServerOptions options, string text) =>
        ParseItems!(text, out var items) is { } allowed ? (options, allowed) : (set(options, [.. get(options), .. items]), null);

    public override OptionError? FindError(ServerOptions options)
    {
        if (get(options) is not { } items)
            return OptionError.NotAllowed(Name, "null", "a list, which may be empty");
        foreach (var item in items)
        {
            if (CheckItem(item) is { } allowed)
                return OptionError.NotAllowed(Name, item is null ? "null" : OptionText.Quote(PrintItem(item)), allowed);
        }
        return null;
    }

    public override bool IsSame(ServerOptions left, ServerOptions right)
    {
        var (a, b) = (get(left), get(right));
        return ReferenceEquals(a, b) || (a is not null && b is not null && a.SequenceEqual(b, Comparer));
    }

    public override string Show(ServerOptions options) =>
        get(options) is { } items ? $"[{string.Join(", ", items.Select(i => i is null ? "null" : PrintItem(i)))}]" : "null";
}
