using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>A key of the settings of an outbox.</summary>
/// <param name="Key">The key, which is the name of an option.</param>
/// <param name="Read">Sets the option; returns what is allowed if the text is not valid.</param>
internal sealed record OutboxSetting(string Key, Func<OutboxOptions, string, string?> Read)
{
    /// <summary>All options that a text can hold. A test compares them with the properties.</summary>
    public static IReadOnlyList<OutboxSetting> All { get; } =
    [
        Flag(nameof(OutboxOptions.EnableWorker), (o, value) => o.EnableWorker = value),
        Number(nameof(OutboxOptions.MaxConcurrency), (o, value) => o.MaxConcurrency = value),
        Time(nameof(OutboxOptions.InitialRetryDelay), (o, value) => o.InitialRetryDelay = value),
        Time(nameof(OutboxOptions.MaxRetryDelay), (o, value) => o.MaxRetryDelay = value),
        new(nameof(OutboxOptions.RetryJitter), (o, text) => Set(TryFraction(text, out var value), () => o.RetryJitter = value, "0 to 1")),
        Time(nameof(OutboxOptions.ExpireAfter), (o, value) => o.ExpireAfter = value),
        Time(nameof(OutboxOptions.OnUnknownDelay), (o, value) => o.OnUnknownDelay = value),
        Time(nameof(OutboxOptions.RetentionPeriod), (o, value) => o.RetentionPeriod = value),
        Time(nameof(OutboxOptions.KeepMessageFor), (o, value) => o.KeepMessageFor = value),
        Flag(nameof(OutboxOptions.EncryptAtRest), (o, value) => o.EncryptAtRest = value),
        Mode(nameof(OutboxOptions.HeaderCharset), (o, value) => o.HeaderCharset = value),
        Mode(nameof(OutboxOptions.BodyCharset), (o, value) => o.BodyCharset = value),
        Time(nameof(OutboxOptions.DegradedAfter), (o, value) => o.DegradedAfter = value),
        Time(nameof(OutboxOptions.UnhealthyAfter), (o, value) => o.UnhealthyAfter = value),
        Number(nameof(OutboxOptions.DegradedParkedCount), (o, value) => o.DegradedParkedCount = value),
        Number(nameof(OutboxOptions.DegradedDeadLetterCount), (o, value) => o.DegradedDeadLetterCount = value),
        new(nameof(OutboxOptions.SuppressAfter), ReadReasons),
        new(nameof(OutboxOptions.TablePrefix), (o, text) => Set(true, () => o.TablePrefix = text, "")),
        new(nameof(OutboxOptions.Schema), (o, text) => Set(true, () => o.Schema = text, "")),
    ];

    /// <summary>Reads a number of seconds, or a time such as <c>00:01:30</c> or <c>2.00:00:00</c>.</summary>
    public static bool TryTime(string text, out TimeSpan value)
    {
        if (text.Contains(':', StringComparison.Ordinal))
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value);
        var isNumber = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds < TimeSpan.MaxValue.TotalSeconds / 2;
        value = isNumber ? TimeSpan.FromSeconds(seconds) : default;
        return isNumber;
    }

    public static bool TryNumber(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static OutboxSetting Flag(string key, Action<OutboxOptions, bool> set) =>
        new(key, (o, text) => Set(bool.TryParse(text, out var value), () => set(o, value), "true or false"));

    private static OutboxSetting Number(string key, Action<OutboxOptions, int> set) =>
        new(key, (o, text) => Set(TryNumber(text, out var value), () => set(o, value), "a whole number"));

    private static OutboxSetting Time(string key, Action<OutboxOptions, TimeSpan> set) =>
        new(key, (o, text) => Set(TryTime(text, out var value), () => set(o, value), TimeAllowed));

    private static OutboxSetting Mode(string key, Action<OutboxOptions, MailMode> set) => new(
        key, (o, text) => Set(MailMode.TryParse(text, out var value), () => set(o, value!), "a mode of MailMode such as US-ASCII_UTF8_QP"));

    private static string? ReadReasons(OutboxOptions options, string text)
    {
        var reasons = new List<SuppressionReason>();
        foreach (var name in text.Equals("None", StringComparison.OrdinalIgnoreCase) ? [] : text.Split(','))
        {
            // A number is no name.
            if (!Enum.TryParse<SuppressionReason>(name.Trim(), ignoreCase: true, out var reason) || char.IsAsciiDigit(name.Trim()[0]))
                return "HardBounce, Complaint and Unsubscribe, separated by commas, or None";
            reasons.Add(reason);
        }
        options.SuppressAfter = reasons;
        return null;
    }

    /// <summary>What a text for a time may be.</summary>
    public const string TimeAllowed = "a number of seconds, or hh:mm:ss, or d.hh:mm:ss";

    private static bool TryFraction(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);

    private static string? Set(bool isRead, Action set, string allowed)
    {
        if (!isRead)
            return allowed;
        set();
        return null;
    }
}
