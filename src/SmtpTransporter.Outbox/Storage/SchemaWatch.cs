namespace SmtpTransport.Outbox;

/// <summary>Compares the tables with those that are needed, now and then: they change seldom. Thread-safe.</summary>
internal sealed class SchemaWatch(Database database, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private volatile Tuple<long, IReadOnlyList<SchemaFinding>>? _last;

    /// <summary>What differs and can be mended by a statement, as it was some minutes ago at most.</summary>
    public async Task<IReadOnlyList<SchemaFinding>> FindAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetElapsedTime(last.Item1) < Interval)
            return last.Item2;
        var found = await database.CreateInspector().InspectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SchemaFinding> findings = [.. found.Where(f => f.Statement.Length > 0)];
        // What was mended is looked at again at once.
        _last = findings.Count == 0 ? Tuple.Create(time.GetTimestamp(), findings) : null;
        return findings;
    }
}
