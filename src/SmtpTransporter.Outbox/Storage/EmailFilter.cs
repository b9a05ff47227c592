using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>
/// A query as SQL, and what of it only the program can see: subjects and errors may be encrypted. Emails with a certain recipient or
/// Message-ID are found by the table of terms. Immutable.
/// </summary>
internal sealed class EmailFilter
{
    // How much the clocks of a process and of the database may differ, with the time until an email is stored, in milliseconds.
    private const long IdMargin = 24 * 60 * 60 * 1000;
    private const long MaxIdTime = (1L << 48) - 1;

    private readonly OutboxQuery _query;
    private readonly TableNames _tables;
    private readonly Database _database;
    private readonly List<string> _conditions = [];
    private readonly List<(string Name, object? Value)> _parameters = [];
    private readonly List<(string Operator, string Value)> _idBounds = [];
    private readonly bool _hasTerm;

    /// <param name="query">The query.</param>
    /// <param name="database">The database.</param>
    /// <param name="messageTerms">The terms of its Message-ID, one of which the email has.</param>
    /// <param name="recipientTerms">The terms of its recipient, one of which the email has.</param>
    public EmailFilter(OutboxQuery query, Database database, IReadOnlyList<string> messageTerms, IReadOnlyList<string> recipientTerms)
    {
        (_query, _tables, _database) = (query, database.Tables, database);
        // The rarer one leads.
        foreach (var (name, terms) in new[] { ("m", messageTerms), ("r", recipientTerms) })
        {
            if (terms.Count == 0)
                continue;
            var condition = $"term IN ({string.Join(", ", terms.Select((_, i) => Name(name, i)))})";
            _conditions.Add(_hasTerm ? $"id IN (SELECT email_id FROM {_tables.Term} WHERE {condition})" : condition);
            _parameters.AddRange(terms.Select((term, i) => (Name(name, i)[1..], (object?)term)));
            _hasTerm = true;
        }
        AddIds(query.Ids);
        AddIfGiven("idempotency_key = @key", "key", query.IdempotencyKey);
        AddIfGiven("transporter = @transporter", "transporter", query.TransporterName);
        AddIfGiven("lane = @lane", "lane", query.Lane);
        AddTime("created_at >= @after", ">=", "after", "first", query.EnqueuedAfter, -IdMargin);
        AddTime("created_at < @before", "<", "before", "behind", query.EnqueuedBefore, IdMargin);
        AddIfGiven("ended_at >= @ended_after", "ended_after", query.EndedAfter is { } ended ? UnixTime.Write(ended) : null);
        AddIfGiven("ended_at < @ended_before", "ended_before", query.EndedBefore is { } end ? UnixTime.Write(end) : null);
        if (IsFoundOtherwise && query.States.Count > 0)
            _conditions.Add($"state IN ({string.Join(", ", query.States.Select(Code))})");

        static string Name(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"@{name}{index}");
    }

    /// <summary>Whether the rows must be read to decide: <see cref="Matches"/>.</summary>
    public bool NeedsContent => _query.Subject is not null || NeedsHistory;

    /// <summary>Whether the histories must be read as well.</summary>
    public bool NeedsHistory => _query.ErrorCode is not null || _query.DecidedBy is not null;

    public (string Name, object? Value)[] Parameters => [.. _parameters];

    // As the index of the terms is sorted.
    private string Id => _hasTerm ? "email_id" : "id";

    private string From => _hasTerm ? $"{_tables.Term} JOIN {_tables.Email} ON id = email_id" : _tables.Email;

    /// <summary>The states of which the index of the lists has the emails in the order of their ids; none if another index leads.</summary>
    private IReadOnlyList<string> ListedStates => IsFoundOtherwise ? [] : [.. _query.States.Distinct().Select(Code)];

    /// <summary>Whether an index has the few emails that can match.</summary>
    private bool IsFoundOtherwise => _hasTerm || _query.Ids.Count > 0 || _query.IdempotencyKey is not null;

    private string Others => string.Join(" AND ", _conditions.DefaultIfEmpty("1 = 1"));

    /// <summary>The rows in the order of their ids, which is that of the times at which they were made.</summary>
    /// <param name="isAscending">Whether the oldest comes first.</param>
    /// <param name="hasStart">Whether they begin behind the id <c>@start</c>.</param>
    /// <param name="hasEnd">Whether they end with the id <c>@end</c>.</param>
    public string SelectSql(bool isAscending, bool hasStart, bool hasEnd = false)
    {
        var order = isAscending ? "ASC" : "DESC";
        var bounds = new List<(string Operator, string Value)>();
        if (hasStart)
            bounds.Add((isAscending ? ">" : "<", "@start"));
        if (hasEnd)
            bounds.Add(("<=", "@end"));
        // Behind those of the page, which are tighter: a range in the index begins with the first.
        bounds.AddRange(_idBounds);
        if (ListedStates.Count == 0)
            return $"SELECT {EmailRow.Columns} FROM {From} WHERE {Others}{Range(bounds)} ORDER BY {Id} {order} LIMIT @limit";
        if (ListedStates is [var only])
            return $"SELECT {EmailRow.Columns} {Listed(only)}";
        var parts = ListedStates.Select((state, i) => string.Create(
            CultureInfo.InvariantCulture, $"SELECT found_id FROM (SELECT id AS found_id {Listed(state)}) AS part{i}"));
        return $"""
            SELECT {EmailRow.Columns} FROM ({string.Join("\nUNION ALL ", parts)}) AS found JOIN {_tables.Email} ON id = found_id
            ORDER BY id {order} LIMIT @limit
            """;

        string Listed(string state) =>
            $"FROM {From} WHERE {_database.ListedIn(state, bounds)} AND {Others} ORDER BY {_database.ListedOrder(order)} LIMIT @limit";
    }

    /// <summary>Counts the rows, up to a limit.</summary>
    public string CountSql
    {
        get
        {
            IReadOnlyList<string> conditions = ListedStates.Count == 0
                ? [Others + Range(_idBounds)]
                : [.. ListedStates.Select(state => $"{_database.ListedIn(state, _idBounds)} AND {Others}")];
            var parts = conditions.Select((condition, i) => string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT found_id FROM (SELECT {Id} AS found_id FROM {From} WHERE {condition} LIMIT @limit) AS part{i}"));
            return $"SELECT count(*) FROM (SELECT found_id FROM ({string.Join("\nUNION ALL ", parts)}) AS found LIMIT @limit) AS counted";
        }
    }

    /// <summary>Whether what SQL cannot see matches.</summary>
    public bool Matches(EmailRow row, IReadOnlyList<OutboxAttempt> history) =>
        (_query.Subject is not { } subject
            || row.TryReadEnvelope()?.Subject.Contains(subject, StringComparison.OrdinalIgnoreCase) == true)
        && (_query.ErrorCode is not { } code || HasError(history.LastOrDefault(a => a.Outcome is not null), code))
        && (_query.DecidedBy is not { } person || history.LastOrDefault(a => a is { By: not null, Reports.Count: 0 })?.By == person);

    private static bool HasError(OutboxAttempt? last, int code) => last is not null
        && (last.Status == code || last.Errors.Any(e => e.ErrCode == code) || last.Recipients.Any(r => r.Status == code));

    private string Range(IEnumerable<(string Operator, string Value)> bounds) =>
        string.Concat(bounds.Select(b => $" AND {Id} {b.Operator} {b.Value}"));

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

    /// <summary>
    /// An id begins with the time at which it was made, in milliseconds (RFC 9562, section 5.7), by the clock of that process; the email
    /// was stored later, by the clock of the database. So the ids are a range that is wide enough, and the time decides.
    /// </summary>
    private void AddTime(
        string condition, string comparison, string name, string id, DateTimeOffset? time, long margin)
    {
        if (time is not { } known)
            return;
        var milliseconds = UnixTime.Write(known);
        AddIfGiven(condition, name, milliseconds);
        _idBounds.Add((comparison, $"@{id}"));
        _parameters.Add((id, Math.Clamp(milliseconds + margin, 0, MaxIdTime).ToString("x12", CultureInfo.InvariantCulture)));
    }

    private static string Code(OutboxState state) => ((int)state).ToString(CultureInfo.InvariantCulture);
}
