using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>What a forecast begins with: what waits, what the rates have given away, and what was sent lately. Thread-safe.</summary>
internal sealed class WaitingStatistics(Database database, PayloadProtector protector)
{
    private const int SampleSize = 200;

    private string Email => database.Tables.Email;

    /// <summary>The transporters of emails that workers hold.</summary>
    public Task<List<string>> ListHeldTransportersAsync(CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT DISTINCT transporter FROM {Email} WHERE {OutboxSchema.Held}", reader => reader.GetString(0), cancellationToken);

    /// <summary>Counts the emails of a transporter that wait, held or not, up to one more than a limit.</summary>
    public async Task<List<WaitingGroup>> CountAsync(string transporter, int limit, CancellationToken cancellationToken)
    {
        var groups = await database.ListAsync(
            $"""
            SELECT lane, priority, count(*), max(due_at) FROM (
                SELECT lane, priority, due_at FROM {Email} WHERE {OutboxSchema.Ready} AND transporter = @transporter LIMIT @limit) AS w
            GROUP BY lane, priority
            UNION ALL
            SELECT lane, priority, count(*), max(due_at) FROM {Email}
            WHERE {OutboxSchema.Held} AND state = {StateCodes.Waiting} AND transporter = @transporter
            GROUP BY lane, priority
            """,
            reader => new WaitingGroup(
                transporter, reader.GetString(0), (OutboxPriority)reader.GetInt32(1), reader.GetInt64(2),
                reader.IsDBNull(3) ? 0 : reader.GetInt64(3)),
            cancellationToken, ("transporter", transporter), ("limit", limit + 1)).ConfigureAwait(false);
        return groups;
    }

    /// <summary>The open recipients of some emails that wait.</summary>
    public async Task<List<IReadOnlyList<string>>> ReadSampleAsync(string transporter, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            $"""
            SELECT {EmailRow.Columns} FROM (
                SELECT * FROM {Email} WHERE {OutboxSchema.Ready} AND transporter = @transporter
                LIMIT {SampleSize.ToString(CultureInfo.InvariantCulture)}) AS ready
            UNION ALL SELECT {EmailRow.Columns} FROM {Email}
            WHERE {OutboxSchema.Held} AND state = {StateCodes.Waiting} AND transporter = @transporter
            """,
            EmailRow.CreateReader(protector), cancellationToken, ("transporter", transporter)).ConfigureAwait(false);
        return [.. rows.Take(SampleSize).Select(r => r.TryReadEnvelope()?.OpenAddresses).OfType<IReadOnlyList<string>>()];
    }

    /// <summary>When each rate gives the next slot, in microseconds since 1970, by its name.</summary>
    public async Task<Dictionary<string, long>> ReadRatesAsync(CancellationToken cancellationToken)
    {
        var rates = await database.ListAsync(
            $"SELECT name, next_at FROM {database.Tables.Rate}", reader => (Name: reader.GetString(0), At: reader.GetInt64(1)),
            cancellationToken).ConfigureAwait(false);
        return rates.ToDictionary(r => r.Name, r => r.At, StringComparer.Ordinal);
    }

    /// <summary>How many emails each transporter has sent lately.</summary>
    public async Task<Dictionary<string, long>> CountSentAsync(TimeSpan period, CancellationToken cancellationToken)
    {
        var counts = await database.ListAsync(
            $"""
            SELECT transporter, count(*) FROM {Email}
            WHERE state = {StateCodes.Sent} AND ended_at IS NOT NULL AND ended_at >= {database.Now} - @period GROUP BY transporter
            """,
            reader => (Transporter: reader.GetString(0), Count: reader.GetInt64(1)), cancellationToken,
            ("period", (long)period.TotalMilliseconds), database.NowParameter).ConfigureAwait(false);
        return counts.ToDictionary(c => c.Transporter, c => c.Count, StringComparer.Ordinal);
    }
}
