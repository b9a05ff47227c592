using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// A query as SQL, and what of it only the program can see: subjects and errors may be encrypted. Emails with a certain recipient or
/// Message-ID are found by the table of terms. Immutable.
/// </summary>
internal sealed class EmailFilter
{
    private static readonly OutboxState[] Rare = [OutboxState.DeadLettered, OutboxState.Canceled, OutboxState.Discarded];

    private readonly OutboxQuery _query;
    private readonly TableNames _tables;
    private readonly List<string> _conditions = [];
    private readonly List<(string Name, object? Value)> _parameters = [];
    private readonly bool _hasTerm;

    /// <param name="query">The query.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="messageTerms">The terms of its Message-ID, one of which the email has.</param>
    /// <param name="recipientTerms">The terms of its recipient, one of which the email has.</param>
    public EmailFilter(OutboxQuery query, TableNames tables, IReadOnlyList<string> messageTerms, IReadOnlyList<string> recipientTerms)
    {
        (_query, _tables) = (query, tables);
        // The rarer one leads.
        foreach (var (name, terms) in new[] { ("m", messageTerms), ("r", recipientTerms) })
        {
            if (terms.Count == 0)
                continue;
            var condition = $"term IN ({string.Join(", ", terms.Select((_, i) => Name(name, i)))})";
            _conditions.Add(_hasTerm ? $"id IN (SELECT email_id FROM {tables.Term} WHERE {condition})" : condition);
            _parameters.AddRange(terms.Select((term, i) => (Name(name, i)[1..], (object?)term)));
            _hasTerm = true;
        }
        AddIds(query.Ids);
        AddIfGiven("idempotency_key = @key", "key", query.IdempotencyKey);
        AddIfGiven("transporter = @transporter", "transporter", query.TransporterName);
        AddIfGiven("lane = @lane", "lane", query.Lane);
        AddIfGiven("created_at >= @after", "after", query.EnqueuedAfter is { } after ? UnixTime.Write(after) : null);
        AddIfGiven("created_at < @before", "before", query.EnqueuedBefore is { } before ? UnixTime.Write(before) : null);
        AddIfGiven("ended_at >= @ended_after", "ended_after", query.EndedAfter is { } ended ? UnixTime.Write(ended) : null);
        AddIfGiven("ended_at < @ended_before", "ended_before", query.EndedBefore is { } end ? UnixTime.Write(end) : null);
        AddStates(query.States);

        static string Name(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"@{name}{index}");
    }

    /// <summary>Whether the rows must be read to decide: <see cref="Matches"/>.</summary>
    public bool NeedsContent => _query.Subject is not null || NeedsHistory;

    /// <summary>Whether the histories must be read as well.</summary>
    public bool NeedsHistory => _query.ErrorCode is not null;

    public (string Name, object? Value)[] Parameters => [.. _parameters];

    // As the index of the terms is sorted.
    private string Id => _hasTerm ? "email_id" : "id";

    private string From => _hasTerm ? $"{_tables.Term} JOIN {_tables.Email} ON id = email_id" : _tables.Email;

    private string Where => _conditions.Count == 0 ? "1 = 1" : string.Join(" AND ", _conditions);

    /// <summary>The rows in the order of their ids, which is that of the times at which they were made.</summary>
    /// <param name="isAscending">Whether the oldest comes first.</param>
    /// <param name="hasStart">Whether they begin behind the id <c>@start</c>.</param>
    /// <param name="hasEnd">Whether they end with the id <c>@end</c>.</param>
    public string SelectSql(bool isAscending, bool hasStart, bool hasEnd = false) =>
        $"""
        SELECT {EmailRow.Columns} FROM {From}
        WHERE {Where}{(hasStart ? $" AND {Id} {(isAscending ? ">" : "<")} @start" : "")}{(hasEnd ? $" AND {Id} <= @end" : "")}
        ORDER BY {Id} {(isAscending ? "ASC" : "DESC")} LIMIT @limit
        """;

    /// <summary>Counts the rows, up to a limit.</summary>
    public string CountSql => $"SELECT count(*) FROM (SELECT {Id} FROM {From} WHERE {Where} LIMIT @limit) AS found";

    /// <summary>Whether what SQL cannot see matches.</summary>
    public bool Matches(EmailRow row, IEnumerable<OutboxAttempt> history) =>
        (_query.Subject is not { } subject
            || row.TryReadEnvelope()?.Subject.Contains(subject, StringComparison.OrdinalIgnoreCase) == true)
        && (_query.ErrorCode is not { } code || HasError(history.LastOrDefault(a => a.Outcome is not null), code));

    private static bool HasError(OutboxAttempt? last, int code) => last is not null
        && (last.Status == code || last.Errors.Any(e => e.ErrCode == code) || last.Recipients.Any(r => r.Status == code));

    private void AddIds(IReadOnlyCollection<Guid> ids)
    {
        if (ids.Count == 0)
            return;
        _conditions.Add($"id IN ({string.Join(", ", ids.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"@id{i}")))})");
        _parameters.AddRange(ids.Select((id, i) => (string.Create(CultureInfo.InvariantCulture, $"id{i}"), (object?)Ids.Text(id))));
    }

    private void AddIfGiven(string condition, string name, object? value)
    {
        if (value is null)
            return;
        _conditions.Add(condition);
        _parameters.Add((name, value));
    }

    private void AddStates(IReadOnlyCollection<OutboxState> states)
    {
        if (states.Count == 0)
            return;
        _conditions.Add($"state IN ({string.Join(", ", states.Select(s => ((int)s).ToString(CultureInfo.InvariantCulture)))})");
        // There is an index of those that have ended. It helps unless they are nearly all.
        if (states.All(Rare.Contains))
            _conditions.Add("ended_at IS NOT NULL");
        // And one of those that a worker holds, which are few.
        if (states.All(s => s == OutboxState.Sending))
            _conditions.Add(OutboxSchema.Held);
    }
}
