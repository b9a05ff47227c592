namespace SmtpTransport.Outbox;

/// <summary>One item of the setting <c>Limits</c>. Not thread-safe.</summary>
internal sealed class LimitSetting
{
    private static readonly string[] Keys = ["Concurrency", "Emails", "Lane", "Per", "Transporter"];

    private string? _transporter;
    private string? _lane;
    private int? _emails;
    private TimeSpan? _per;
    private int? _concurrency;
    private readonly QuotaSetting _quota = new();
    private bool _isWrong;

    /// <summary>Reads a key of the item; returns what is wrong with it.</summary>
    public string? Read(string key, string text)
    {
        var problem = key.ToUpperInvariant() switch
        {
            "TRANSPORTER" => Set(out _transporter, text),
            "LANE" => Set(out _lane, text),
            "EMAILS" => SetNumber(out _emails, text),
            "CONCURRENCY" => SetNumber(out _concurrency, text),
            "PER" => SetTime(text),
            _ when QuotaSetting.Knows(key) => _quota.Read(key, text),
            _ => $"the key is unknown; known are {string.Join(", ", Keys.Concat(QuotaSetting.Keys).Order(StringComparer.Ordinal))}.",
        };
        _isWrong |= problem is not null;
        return problem;
    }

    /// <summary>Sets the limit; returns what is wrong with the item as a whole.</summary>
    public string? Apply(OutboxOptions options)
    {
        if (_isWrong)
            return null;
        if (_quota.IsGiven)
        {
            return _emails is null && _concurrency is null ? _quota.Apply(options, _per, _transporter, _lane)
                : "a quota has neither Emails nor Concurrency; use an item of its own for these.";
        }
        if (_emails is null != _per is null || (_emails ?? _concurrency) is null)
            return "it needs Emails and Per (a rate), or Concurrency, or all of them; or Quota.";
        try
        {
            if (_emails is { } emails)
                options.LimitRate(emails, _per!.Value, _transporter, _lane);
            if (_concurrency is { } concurrency)
                options.LimitConcurrency(concurrency, _transporter, _lane);
            return null;
        }
        catch (ArgumentOutOfRangeException exception)
        {
            return exception.Message.ReplaceLineEndings(" ") + ".";
        }
    }

    private static string? Set(out string? target, string text)
    {
        target = text;
        return null;
    }

    private static string? SetNumber(out int? target, string text)
    {
        target = OutboxSetting.TryNumber(text, out var value) ? value : null;
        return target > 0 ? null : $"the value is \"{text}\"; allowed: a whole number, at least 1.";
    }

    private string? SetTime(string text)
    {
        _per = OutboxSetting.TryTime(text, out var value) ? value : null;
        return _per > TimeSpan.Zero ? null : $"the value is \"{text}\"; allowed: {OutboxSetting.TimeAllowed}, more than 0.";
    }
}
