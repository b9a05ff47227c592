namespace SmtpTransport.Outbox;

/// <summary>Checks the values of options.</summary>
internal static class OutboxOptionsCheck
{
    private static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(3650);

    /// <summary>Finds everything that is not valid, with the name of the option; null for none.</summary>
    public static IReadOnlyList<(string? Name, string Message)> FindErrors(OutboxOptions options, bool hasSchemas)
    {
        var errors = new List<(string?, string)>();
        if (!options.HasDatabase)
            errors.Add((null, "The outbox has no database. Call UseSqlite, UsePostgres or UseMariaDb."));
        Check(options.MaxConcurrency is >= 1 and <= 100, nameof(options.MaxConcurrency), options.MaxConcurrency, "1 to 100");
        Check(
            options.TablePrefix is { Length: >= 1 and <= 30 } prefix && prefix.All(
                c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
                && char.IsAsciiLetterLower(prefix[0]),
            nameof(options.TablePrefix), options.TablePrefix,
            "1 to 30 letters a to z, digits and underscores, beginning with a letter");
        var schema = options.Schema;
        Check(
            schema is null || (schema is { Length: >= 1 and <= 63 } && schema.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')),
            nameof(options.Schema), schema ?? "", "letters, digits and underscores, at most 63");
        Check(
            schema is null || hasSchemas || !options.HasDatabase, nameof(options.Schema), schema ?? "",
            "null with SQLite and MariaDB, which have none");
        Check(
            options.InitialRetryDelay > TimeSpan.Zero, nameof(options.InitialRetryDelay), options.InitialRetryDelay, "more than 0");
        Check(
            options.MaxRetryDelay >= options.InitialRetryDelay && options.MaxRetryDelay <= MaxPeriod, nameof(options.MaxRetryDelay),
            options.MaxRetryDelay, $"{nameof(options.InitialRetryDelay)} to {MaxPeriod.Days} days");
        Check(options.RetryJitter is >= 0 and <= 1, nameof(options.RetryJitter), options.RetryJitter, "0 to 1");
        Check(
            options.ExpireAfter > TimeSpan.Zero && options.ExpireAfter <= MaxPeriod, nameof(options.ExpireAfter), options.ExpireAfter,
            $"more than 0, at most {MaxPeriod.Days} days");
        CheckPeriod(nameof(options.RetentionPeriod), options.RetentionPeriod);
        CheckPeriod(nameof(options.OnUnknownDelay), options.OnUnknownDelay);
        Check(
            options.KeepMessageFor is not { } kept || (kept >= TimeSpan.Zero && kept <= options.RetentionPeriod),
            nameof(options.KeepMessageFor), options.KeepMessageFor ?? default,
            $"0 to {nameof(options.RetentionPeriod)} ({options.RetentionPeriod})");
        Check(options.DegradedAfter > TimeSpan.Zero, nameof(options.DegradedAfter), options.DegradedAfter, "more than 0");
        Check(
            options.UnhealthyAfter >= options.DegradedAfter, nameof(options.UnhealthyAfter), options.UnhealthyAfter,
            $"at least {nameof(options.DegradedAfter)}");
        Check(options.DegradedParkedCount >= 1, nameof(options.DegradedParkedCount), options.DegradedParkedCount, "1 or more");
        Check(
            options.DegradedDeadLetterCount >= 1, nameof(options.DegradedDeadLetterCount), options.DegradedDeadLetterCount, "1 or more");
        Check(
            options.SuppressAfter is { } reasons && reasons.All(r => r != SuppressionReason.Manual && Enum.IsDefined(r)),
            nameof(options.SuppressAfter), string.Join(", ", options.SuppressAfter ?? []), "HardBounce, Complaint and Unsubscribe");
        return errors;

        void CheckPeriod(string name, TimeSpan value) =>
            Check(value >= TimeSpan.Zero && value <= MaxPeriod, name, value, $"0 to {MaxPeriod.Days} days");

        void Check(bool isValid, string name, object value, string allowed)
        {
            if (!isValid)
                errors.Add((name, FormattableString.Invariant($"{name} is {value}; allowed: {allowed}.")));
        }
    }
}
