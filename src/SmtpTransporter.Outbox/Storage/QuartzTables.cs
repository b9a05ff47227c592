using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// The tables of Quartz.NET in the outbox's database: the one place that names them. Their layout is that of the version which the package
/// is bound to.
/// </summary>
internal static class QuartzTables
{
    public const string Prefix = "smtp_outbox_qrtz_";

    /// <summary>The name of the scheduler, and of the group of its job and triggers.</summary>
    public const string Group = "smtp-outbox";

    /// <summary>
    /// True for a row <c>o</c> of smtp_outbox whose current generation has no live trigger. A failed trigger does not count; one that has
    /// fired counts only while its run exists.
    /// </summary>
    public const string HasNoTrigger =
        $"""
        NOT EXISTS (SELECT 1 FROM {Prefix}triggers t
            WHERE t.sched_name = '{Group}' AND t.trigger_group = '{Group}' AND t.trigger_name = o.id || '.' || o.generation
            AND t.trigger_state NOT IN ('COMPLETE', 'ERROR'))
        AND NOT EXISTS (SELECT 1 FROM {Prefix}fired_triggers f
            WHERE f.sched_name = '{Group}' AND f.trigger_group = '{Group}' AND f.trigger_name = o.id || '.' || o.generation)
        """;

    /// <summary>The name of the trigger of an email's generation.</summary>
    public static string TriggerName(Guid id, int generation) =>
        string.Create(CultureInfo.InvariantCulture, $"{Ids.Text(id)}.{generation}");

    /// <summary>The email and the generation that a trigger's name stands for.</summary>
    public static (Guid Id, int Generation) ParseTriggerName(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return (Ids.Parse(name[..dot]), int.Parse(name.AsSpan(dot + 1), CultureInfo.InvariantCulture));
    }
}
