using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace SmtpTransport;

/// <summary>What is known about a service that sends email: its servers, its published limits, and where it documents them.</summary>
/// <remarks>
/// <see cref="ServerOptions.ForService"/> creates options from it. The data is that of the day in <see cref="CheckedOn"/>; a limit that
/// the service does not publish is null. Immutable and safe for concurrent use.
/// </remarks>
public sealed class SmtpService
{
    internal const string ServiceKey = "Service";

    internal const string RegionKey = "Region";

    private static readonly Lazy<IReadOnlyList<SmtpService>> Services = new(ReadAll);

    /// <summary>Reads an entry of <c>services.json</c>.</summary>
    internal SmtpService(JsonElement json)
    {
        List<JsonProperty> regions = json.TryGetProperty("regions", out var map) ? [.. map.EnumerateObject()] : [];
        Regions = [.. regions.Select(r => r.Name)];
        Hosts = regions.Count == 0 ? [Text("host")!] : [.. regions.Select(r => r.Value.GetString()!)];
        NeedsRegion = json.TryGetProperty("needsRegion", out var needed) && needed.GetBoolean();
        Name = Text("name")!;
        Aliases = Texts("aliases");
        Title = Text("title")!;
        Port = Number("port")!.Value;
        IsClearText = Text("tls") == "none";
        Mechanisms = Texts("mechanisms");
        User = Text("user");
        Credentials = Text("credentials")!;
        MaxConnections = Number("maxConnections");
        MaxMessagesPerConnection = Number("maxMessagesPerConnection");
        MaxRecipients = Number("maxRecipients");
        MaxMessageSize = Number("maxMessageSize");
        Rate = Text("rate");
        Note = Text("note");
        Page = new Uri(Text("page")!);
        Source = new Uri(Text("source")!);
        CheckedOn = DateOnly.ParseExact(Text("checked")!, "yyyy-MM-dd", CultureInfo.InvariantCulture);

        string[] Texts(string name) =>
            json.TryGetProperty(name, out var values) ? [.. values.EnumerateArray().Select(v => v.GetString()!)] : [];

        string? Text(string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

        int? Number(string name) => json.TryGetProperty(name, out var value) ? value.GetInt32() : null;
    }

    /// <summary>All services, in the order of docs/services.md.</summary>
    public static IReadOnlyList<SmtpService> All => Services.Value;

    /// <summary>The name, such as <c>ses</c>; a published name keeps its meaning.</summary>
    public string Name { get; }

    /// <summary>Further names of the service.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The service's own name, such as <c>Amazon SES</c>.</summary>
    public string Title { get; }

    /// <summary>The regions that have servers of their own, such as <c>eu-west-1</c>; empty if all users share one.</summary>
    public IReadOnlyList<string> Regions { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The mechanisms that the service documents (SASL); empty if it names none.</summary>
    public IReadOnlyList<string> Mechanisms { get; }

    /// <summary>The user name that all users of the service share; null for most services.</summary>
    public string? User { get; }

    /// <summary>What the service expects as user and password, in one sentence.</summary>
    public string Credentials { get; }

    /// <summary>The most connections at a time; null if it is not published.</summary>
    public int? MaxConnections { get; }

    /// <summary>The most messages over one connection; null if it is not published.</summary>
    public int? MaxMessagesPerConnection { get; }

    /// <summary>The most recipients of one message; null if it is not published.</summary>
    public int? MaxRecipients { get; }

    /// <summary>The largest message, in bytes; null if it is not published.</summary>
    public long? MaxMessageSize { get; }

    /// <summary>How much may be sent in which time, in words; null if it is not published.</summary>
    public string? Rate { get; }

    /// <summary>What else one must know; null for most services.</summary>
    public string? Note { get; }

    /// <summary>The service's page about its settings and what to do if they are refused.</summary>
    public Uri Page { get; }

    /// <summary>The document from which the data is.</summary>
    public Uri Source { get; }

    /// <summary>The day on which the data was compared with <see cref="Source"/>.</summary>
    public DateOnly CheckedOn { get; }

    /// <summary>Whether the server has no TLS: a development server on this machine.</summary>
    internal bool IsClearText { get; }

    /// <summary>The hosts in the order of <see cref="Regions"/>, the first one that of the default region; one without regions.</summary>
    internal IReadOnlyList<string> Hosts { get; }

    /// <summary>Whether a region must be given: credentials are valid in one only.</summary>
    internal bool NeedsRegion { get; }

    /// <summary>Finds a service by its name or an alias.</summary>
    /// <param name="name">The name, in any case of letters; null finds nothing.</param>
    /// <param name="service">The service; null if it is unknown.</param>
    /// <returns>Whether the service is known.</returns>
    public static bool TryFind([NotNullWhen(true)] string? name, [NotNullWhen(true)] out SmtpService? service)
    {
        service = name is null ? null : All.FirstOrDefault(s => s.HasName(name));
        return service is not null;
    }

    /// <summary>The name and the title.</summary>
    /// <returns>Such as <c>ses (Amazon SES)</c>.</returns>
    public override string ToString() => $"{Name} ({Title})";

    /// <summary>Returns the error of a name or a region; null if both are known.</summary>
    internal static OptionError? Read(string name, string? region, out ServerOptions options)
    {
        options = new ServerOptions();
        if (!TryFind(name, out var service))
            return Unknown(ServiceKey, name, All.Select(s => s.Name), All.SelectMany(s => s.Aliases.Prepend(s.Name)));
        if (service.FindHost(region, out var host) is { } error)
            return error;
        options = new ServerOptions
        {
            Host = host,
            Port = service.Port,
            User = service.User,
            AcceptUnsecureConnection = service.IsClearText,
            MaxConnections = Math.Min(service.MaxConnections ?? int.MaxValue, options.MaxConnections),
            MaxMessagesPerConnection = Math.Min(service.MaxMessagesPerConnection ?? int.MaxValue, options.MaxMessagesPerConnection),
        };
        return null;
    }

    private static IReadOnlyList<SmtpService> ReadAll()
    {
        using var stream = typeof(SmtpService).Assembly.GetManifestResourceStream("services.json")!;
        using var json = JsonDocument.Parse(stream);
        return [.. json.RootElement.EnumerateArray().Select(e => new SmtpService(e))];
    }

    private bool HasName(string name) =>
        Aliases.Prepend(Name).Contains(name, StringComparer.OrdinalIgnoreCase);

    private OptionError? FindHost(string? region, out string host)
    {
        host = Hosts[0];
        if (region is null)
        {
            return !NeedsRegion ? null : new(
                RegionKey, $"{Title} needs a region; allowed: {string.Join(", ", Regions)}.");
        }
        if (Regions.Count == 0)
            return new(RegionKey, $"{Title} has no regions, but {OptionText.Quote(region)} was given; omit it.");
        for (var i = 0; i < Regions.Count; i++)
        {
            if (!Regions[i].Equals(region, StringComparison.OrdinalIgnoreCase))
                continue;
            host = Hosts[i];
            return null;
        }
        return Unknown(RegionKey, region, Regions, Regions);
    }

    private static OptionError Unknown(string key, string given, IEnumerable<string> all, IEnumerable<string> candidates)
    {
        var near = NearNames.Of(given, candidates);
        return OptionError.NotAllowed(
            key, OptionText.Quote(given),
            near.Count > 0 ? $"a known name, perhaps {string.Join(" or ", near)}" : string.Join(", ", all));
    }
}
