using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>The keys of a quota in an item of the setting <c>Limits</c>. Not thread-safe.</summary>
internal sealed class QuotaSetting
{
    private const string Presets = "AmazonSes, Gmail, GoogleWorkspace, Microsoft365Account, Microsoft365Tenant";

    private readonly Dictionary<string, string> _texts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.OrdinalIgnoreCase);
    private double _reserve;

    public static IReadOnlyList<string> Keys { get; } =
        ["ExternalRecipients", "Licenses", "Messages", "OwnDomains", "Preset", "Quota", "Recipients", "Reserve"];

    /// <summary>Whether there is any key of a quota.</summary>
    public bool IsGiven => _texts.Count > 0 || _numbers.Count > 0;

    public static bool Knows(string key) => Keys.Contains(key, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a key; returns what is wrong with it.</summary>
    public string? Read(string key, string text)
    {
        _texts[key] = text;
        switch (key.ToUpperInvariant())
        {
            case "QUOTA" or "PRESET" or "OWNDOMAINS":
                return null;
            case "RESERVE":
                return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _reserve)
                    ? null : $"the value is \"{text}\"; allowed: 0 to 0.9.";
            default:
                if (!OutboxSetting.TryNumber(text, out var value) || value < 1)
                    return $"the value is \"{text}\"; allowed: a whole number, at least 1.";
                _numbers[key] = value;
                return null;
        }
    }

    /// <summary>Sets the quota; returns what is wrong with it.</summary>
    public string? Apply(OutboxOptions options, TimeSpan? per, string? transporter, string? lane)
    {
        if (!_texts.TryGetValue("Quota", out var name))
            return "a quota needs Quota, its name.";
        try
        {
            var problem = _texts.TryGetValue("Preset", out var preset) ? FindPreset(preset, name, per, out var quotas)
                : FindOwn(name, per, out quotas);
            if (problem is null)
                options.LimitQuotas(quotas, transporter, lane);
            return problem;
        }
        catch (ArgumentException exception)
        {
            return exception.Message.ReplaceLineEndings(" ");
        }
    }

    private string? FindOwn(string name, TimeSpan? per, out IReadOnlyList<SendQuota> quotas)
    {
        quotas = [];
        List<SendQuotaUnit> units = [.. Enum.GetValues<SendQuotaUnit>().Where(u => _numbers.ContainsKey(u.ToString()))];
        if (units is not [var unit] || per is not { } window || _numbers.ContainsKey("Licenses"))
            return "a quota needs Per, and one of Messages, Recipients and ExternalRecipients; or a Preset.";
        quotas = [new(name, unit, _numbers[unit.ToString()], window) { HighPriorityReserve = _reserve, OwnDomains = OwnDomains }];
        return null;
    }

    private string? FindPreset(string preset, string name, TimeSpan? per, out IReadOnlyList<SendQuota> quotas)
    {
        quotas = [];
        (string? Number, Func<int, IReadOnlyList<SendQuota>>? Create) found = preset.ToUpperInvariant() switch
        {
            "MICROSOFT365ACCOUNT" => ("", _ => SendQuota.ForMicrosoft365Account(name, _reserve)),
            "MICROSOFT365TENANT" => ("Licenses", count => SendQuota.ForMicrosoft365Tenant(name, count, OwnDomains, _reserve)),
            "GOOGLEWORKSPACE" => ("", _ => SendQuota.ForGoogleWorkspace(name, OwnDomains, _reserve)),
            "GMAIL" => ("Messages", count => SendQuota.ForGmail(name, count, _reserve)),
            "AMAZONSES" => ("Recipients", count => SendQuota.ForAmazonSes(name, count, _reserve)),
            _ => (null, null),
        };
        if (found is not ({ } number, { } create))
            return $"the preset \"{preset}\" is unknown; known are {Presets}.";
        var wants = number.Length == 0 ? "no number" : number;
        var isGiven = number.Length == 0 ? _numbers.Count == 0 : _numbers.Count == 1 && _numbers.ContainsKey(number);
        if (!isGiven || per is not null)
            return $"the preset {preset} needs {wants}, and no Per.";
        quotas = create(number.Length == 0 ? 0 : _numbers[number]);
        return null;
    }

    private IReadOnlyList<string> OwnDomains => _texts.TryGetValue("OwnDomains", out var text)
        ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
}
