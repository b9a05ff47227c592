using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>How much may be sent in any window of time: a limit of a provider for an account or a tenant.</summary>
/// <remarks>
/// The outbox's database counts by <see cref="Name"/>, for all machines, transporters and lanes that have the quota. Immutable and
/// thread-safe.
/// </remarks>
public sealed partial record SendQuota
{
    private const int MaxNameLength = 200;
    private const double MaxReserve = 0.9;
    private static readonly TimeSpan MinWindow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(31);

    /// <summary>Creates a quota.</summary>
    /// <param name="name">The name, such as the account: 1 to 200 characters. What has the same name shares one count.</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="maximum">The maximum in any window; at least 1.</param>
    /// <param name="window">The length of the window, which slides; 1 second to 31 days, such as one day.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, too long, or not valid text.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another value is outside its range.</exception>
    public SendQuota(string name, SendQuotaUnit unit, int maximum, TimeSpan window)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Length > MaxNameLength || name.Any(c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            throw new ArgumentException(
                $"The name of a quota is \"{name}\"; allowed: 1 to {MaxNameLength} characters, no control characters.", nameof(name));
        }
        if (!Enum.IsDefined(unit))
        {
            throw new ArgumentOutOfRangeException(
                nameof(unit), unit, $"The unit of the quota \"{name}\" is {unit}; allowed: Messages, Recipients or ExternalRecipients.");
        }
        if (maximum < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maximum), maximum, $"The maximum of the quota \"{name}\" is {maximum}; allowed: 1 or more.");
        }
        if (window < MinWindow || window > MaxWindow)
        {
            throw new ArgumentOutOfRangeException(
                nameof(window), window,
                $"The window of the quota \"{name}\" is {window}; allowed: 1 second to {MaxWindow.Days} days.");
        }
        (Name, Unit, Maximum, Window) = (name, unit, maximum, window);
    }

    /// <summary>The name under which the database counts.</summary>
    public string Name { get; }

    /// <summary>What is counted.</summary>
    public SendQuotaUnit Unit { get; }

    /// <summary>The maximum in any window.</summary>
    public int Maximum { get; }

    /// <summary>The length of the window.</summary>
    public TimeSpan Window { get; }

    /// <summary>
    /// The share of the maximum that is kept for emails of <see cref="OutboxPriority.High"/>; 0 to 0.9. Default: 0. With 0.1, all others
    /// stop at 90 %.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or leaves nothing for the others.</exception>
    public double HighPriorityReserve
    {
        get;
        init => field = value is >= 0 and <= MaxReserve && Maximum - Reserve(value) >= 1 ? value : throw new ArgumentOutOfRangeException(
            nameof(value), value,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The reserve of the quota \"{Name}\" is {value}; allowed: 0 to {MaxReserve}, so that at least 1 is left for the others."));
    }

    /// <summary>
    /// The domains whose recipients <see cref="SendQuotaUnit.ExternalRecipients"/> does not count, in any case of letters. Default: none.
    /// </summary>
    /// <remarks>A subdomain is another domain: name it too.</remarks>
    public IReadOnlyList<string> OwnDomains
    {
        get;
        init => field = [.. (value ?? []).Select(SearchTerms.NormalizeDomain)];
    } = [];

    /// <summary>Returns what is allowed, such as <c>"shop" (10,000 recipients in 1 day)</c>.</summary>
    /// <returns>A text for a person.</returns>
    public override string ToString() => $"\"{Name}\" ({Describe(Maximum)})";

    /// <summary>So much in the window, in words.</summary>
    internal string Describe(long amount)
    {
        var unit = Unit switch
        {
            SendQuotaUnit.Messages => amount == 1 ? "message" : "messages",
            SendQuotaUnit.Recipients => amount == 1 ? "recipient" : "recipients",
            _ => amount == 1 ? "external recipient" : "external recipients",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{amount:N0} {unit} in {DescribeWindow()}");
    }

    /// <summary>What emails of a priority may use of the window.</summary>
    internal long GetLimit(OutboxPriority priority) =>
        priority == OutboxPriority.High ? Maximum : Maximum - Reserve(HighPriorityReserve);

    /// <summary>How much one message to these addresses takes.</summary>
    internal int Count(IReadOnlyCollection<string> recipients) => Unit switch
    {
        SendQuotaUnit.Messages => 1,
        SendQuotaUnit.Recipients => recipients.Count,
        _ => recipients.Count(IsExternal),
    };

    /// <summary>Whether it counts the same as another one of the same name.</summary>
    internal bool HasSameTerms(SendQuota other) => Unit == other.Unit && Maximum == other.Maximum && Window == other.Window
        && HighPriorityReserve.Equals(other.HighPriorityReserve)
        && OwnDomains.ToHashSet(StringComparer.Ordinal).SetEquals(other.OwnDomains);

    private int Reserve(double share) => (int)Math.Ceiling(Maximum * (decimal)share);

    private bool IsExternal(string address) => !OwnDomains.Contains(SearchTerms.NormalizeDomain(address[(address.LastIndexOf('@') + 1)..]));

    private string DescribeWindow() => this switch
    {
        { Window: { TotalDays: var days and >= 1 } } when days % 1 == 0 => Words(days, "day"),
        { Window: { TotalHours: var hours and >= 1 } } when hours % 1 == 0 => Words(hours, "hour"),
        { Window: { TotalMinutes: var minutes and >= 1 } } when minutes % 1 == 0 => Words(minutes, "minute"),
        _ => Words(Window.TotalSeconds, "second"),
    };

    private static string Words(double count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count.Equals(1.0) ? "" : "s")}");
}
