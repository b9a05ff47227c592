using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The outbox's tables. They are created in one transaction: if the table of the version exists, all of them do. Thread-safe.
/// </summary>
internal partial class OutboxSchema(Database database, SchemaTypes types)
{
    /// <summary>The version of the layout below. A change of the layout needs a migration and the next number.</summary>
    public const int CurrentVersion = 6;

    /// <summary>The condition of an email that a worker may claim as soon as it is due.</summary>
    public const string Ready = $"state = {StateCodes.Waiting} AND owner IS NULL";

    /// <summary>The condition of an email that a worker holds.</summary>
    public const string Held = $"owner IS NOT NULL AND state IN ({StateCodes.Waiting}, {StateCodes.Sending})";

    protected TableNames Tables => database.Tables;

    /// <summary>All indexes beside those of the keys.</summary>
    public IReadOnlyList<IndexDefinition> Indexes =>
        [AttemptIndex, PartUseIndex, TermIndex, SuppressionIndex, SuppressionKeyIndex, .. EmailIndexes];

    private IndexDefinition AttemptIndex => new(Tables.Name("attempt_email"), Tables.Attempt, "email_id");

    private IndexDefinition PartUseIndex => new(Tables.Name("part_use_part"), Tables.PartUse, "part_id");

    private IndexDefinition TermIndex => new(Tables.Name("term_email"), Tables.Term, "email_id");

    /// <summary>An address has one entry for a stream.</summary>
    private IndexDefinition SuppressionIndex => new(Tables.Name("suppression_term"), Tables.Suppression, "term, stream", IsUnique: true);

    /// <summary>By which key an address is hashed.</summary>
    private IndexDefinition SuppressionKeyIndex => new(Tables.Name("suppression_secret"), Tables.Suppression, "secret_id");

    /// <summary>The emails that an earlier version stored, until they can be found.</summary>
    private IndexDefinition SearchIndex => Email("search", "id", $"search = {SearchCodes.NotIndexed}");

    /// <summary>The emails of a state in the order in which they are listed.</summary>
    protected IndexDefinition StateIndex => Email("state", $"{database.ListedState}, id", null);

    protected virtual IndexDefinition[] EmailIndexes =>
    [
        Email("key", "idempotency_key", "idempotency_key IS NOT NULL", isUnique: true),
        Email("number", "number", null, isUnique: true),
        Email("ready", "transporter, lane, priority, is_ordered, due_at", Ready),
        Email("held", "owner", Held),
        Email("suspect", "takeovers, due_at", $"takeovers > 0 AND {Ready}"),
        Email("ordered", "transporter, lane, number", $"is_ordered = 1 AND state IN ({StateCodes.Open})"),
        Email("ended", "state, ended_at", "ended_at IS NOT NULL"),
        StateIndex,
        Email("ask", "ask_at", "ask_at IS NOT NULL"),
        SearchIndex,
    ];

    /// <summary>The statements that create everything, for an empty database.</summary>
    public string CreateSql =>
        $"""
        {SequenceSql}CREATE TABLE {Tables.Email} (
            id {types.Id} PRIMARY KEY,
            number BIGINT NOT NULL,
            idempotency_key {types.Name},
            transporter {types.Name} NOT NULL,
            lane {types.Name} NOT NULL DEFAULT '',
            is_ordered INTEGER NOT NULL DEFAULT 0,
            priority INTEGER NOT NULL,
            state INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            owner {types.Id},
            takeovers INTEGER NOT NULL DEFAULT 0,
            is_begun INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            due_at BIGINT,
            expires_at BIGINT NOT NULL,
            ended_at BIGINT,
            worker {types.Text},
            transmitting_at BIGINT,
            ask_at BIGINT,
            size BIGINT NOT NULL,
            is_protected INTEGER NOT NULL,
            envelope {types.Blob} NOT NULL,
            search INTEGER NOT NULL DEFAULT 0,
            stream {types.Name}){types.Table};
        CREATE TABLE {Tables.Attempt} (
            email_id {types.Id} NOT NULL REFERENCES {Tables.Email} (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            number INTEGER NOT NULL,
            is_protected INTEGER NOT NULL,
            details {types.Blob} NOT NULL){types.Table};
        {AttemptIndex.CreateSql()}
        CREATE TABLE {Tables.Part} (
            id {types.Id} PRIMARY KEY,
            used_at BIGINT NOT NULL,
            content {types.Blob} NOT NULL){types.Table};
        CREATE TABLE {Tables.PartUse} (
            email_id {types.Id} NOT NULL REFERENCES {Tables.Email} (id) ON DELETE CASCADE,
            part_id {types.Id} NOT NULL REFERENCES {Tables.Part} (id),
            PRIMARY KEY (email_id, part_id)){types.Table};
        {PartUseIndex.CreateSql()}
        CREATE TABLE {Tables.Rate} (
            name {types.Text} PRIMARY KEY,
            next_at BIGINT NOT NULL){types.Table};
        CREATE TABLE {Tables.Version} (version INTEGER NOT NULL){types.Table};
        {AdditionsSql}
        INSERT INTO {Tables.Version} (version) VALUES ({CurrentVersion});
        """;

    /// <summary>What versions 2 to 6 add to version 1, apart from the columns.</summary>
    private string AdditionsSql =>
        $"""
        CREATE TABLE {Tables.Message} (
            email_id {types.Id} PRIMARY KEY REFERENCES {Tables.Email} (id) ON DELETE CASCADE,
            content {types.Blob} NOT NULL){types.Table};
        CREATE TABLE {Tables.Worker} (
            token {types.Id} PRIMARY KEY,
            name {types.Text} NOT NULL,
            beat BIGINT NOT NULL,
            beat_at BIGINT NOT NULL,
            revision BIGINT){types.Table};
        CREATE TABLE {Tables.Setting} (
            name {types.Text} PRIMARY KEY,
            value BIGINT NOT NULL){types.Table};
        {PauseSql}
        {SuppressionSql}
        {QuotaSql}
        {SearchSql}
        {string.Join("\n", EmailIndexes.Select(i => i.CreateSql()))}
        """;

    /// <summary>What version 3 adds to version 2, apart from the column.</summary>
    private string SearchSql =>
        $"""
        CREATE TABLE {Tables.Term} (
            email_id {types.Id} NOT NULL REFERENCES {Tables.Email} (id) ON DELETE CASCADE,
            term {types.Id} NOT NULL,
            PRIMARY KEY (term, email_id)){types.Table};
        {TermIndex.CreateSql()}
        CREATE TABLE {Tables.Secret} (
            id {types.Id} PRIMARY KEY,
            content {types.Blob} NOT NULL){types.Table};
        """;

    /// <summary>What version 4 adds to version 3, apart from the column.</summary>
    private string PauseSql =>
        $"""
        CREATE TABLE {Tables.Pause} (
            name {types.Text} PRIMARY KEY,
            transporter {types.Name},
            lane {types.Name},
            paused_at BIGINT NOT NULL,
            resumed_at BIGINT,
            paused_by {types.Text},
            reason {types.Text}){types.Table};
        """;

    /// <summary>
    /// What version 5 adds to version 4, apart from the column. The stream is empty for all emails, and the key is for a clear hash.
    /// </summary>
    private string SuppressionSql =>
        $"""
        CREATE TABLE {Tables.Suppression} (
            id {types.Id} PRIMARY KEY,
            term {types.Id} NOT NULL,
            secret_id {types.Id} NOT NULL,
            stream {types.Name} NOT NULL,
            reason INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            is_protected INTEGER NOT NULL,
            details {types.Blob} NOT NULL){types.Table};
        {SuppressionIndex.CreateSql()}
        {SuppressionKeyIndex.CreateSql()}
        """;

    /// <summary>What version 6 adds to version 5.</summary>
    private string QuotaSql =>
        $"""
        CREATE TABLE {Tables.Quota} (
            name {types.Text} NOT NULL,
            ends_at BIGINT NOT NULL,
            used BIGINT NOT NULL,
            PRIMARY KEY (name, ends_at)){types.Table};
        """;

    /// <summary>The pause as versions 2 and 3 had it.</summary>
    private string MovePauseSql =>
        $"""
        INSERT INTO {Tables.Pause} (name, paused_at)
        SELECT '{SendPause.Everything.Name}', {database.NowParameter.Value} FROM {Tables.Setting}
        WHERE name = 'paused' AND value = 1 {database.UnlessExists("paused_at")};
        """;

    private string AddStreamColumnSql => $"ALTER TABLE {Tables.Email} ADD COLUMN stream {types.Name};";

    private string AddSearchColumnSql => $"ALTER TABLE {Tables.Email} ADD COLUMN search INTEGER NOT NULL DEFAULT {SearchCodes.NotIndexed};";

    protected IndexDefinition Email(string name, string columns, string? where, bool isUnique = false) =>
        new(Tables.Name($"email_{name}"), Tables.Email, columns, where, isUnique);

    private string SequenceSql => database.IsServer ? $"CREATE SEQUENCE {Tables.NumberSequence};\n" : "";

    /// <summary>Brings the tables to the current version.</summary>
    /// <param name="transaction">The transaction, which holds the lock of the schema.</param>
    /// <param name="version">The version of the tables; null if there are none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidOperationException">A later version of the package created the tables.</exception>
    public async Task ApplyAsync(DbTransaction transaction, int? version, CancellationToken cancellationToken)
    {
        switch (version)
        {
            case CurrentVersion:
                return;
            case null when await HasUnversionedAsync(transaction, cancellationToken).ConfigureAwait(false):
                await transaction.Connection!.ExecuteAsync(UnversionedSql, cancellationToken, transaction).ConfigureAwait(false);
                await MigrateFromFirstAsync(transaction, cancellationToken).ConfigureAwait(false);
                return;
            case null:
                await CreateAsync(transaction, cancellationToken).ConfigureAwait(false);
                return;
            case 1:
                await MigrateFromFirstAsync(transaction, cancellationToken).ConfigureAwait(false);
                return;
            case 2:
                await MigrateFromSecondAsync(transaction, cancellationToken).ConfigureAwait(false);
                goto case 3;
            case 3:
                await MigrateFromThirdAsync(transaction, cancellationToken).ConfigureAwait(false);
                goto case 4;
            case 4:
                await MigrateFromFourthAsync(transaction, cancellationToken).ConfigureAwait(false);
                goto case 5;
            case 5:
                await MigrateFromFifthAsync(transaction, cancellationToken).ConfigureAwait(false);
                return;
            default:
                throw new InvalidOperationException(
                    $"The tables of the outbox have version {version}; this version of the package needs {CurrentVersion}. "
                    + "Use the package version that created them, or another database.");
        }
    }

    /// <summary>Creates everything in an empty database.</summary>
    private Task<int> CreateAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(ToRepeatable(CreateSql), cancellationToken, transaction);

    /// <summary>The statements so that they can be run again if they were cut off, for a database that commits each by itself.</summary>
    protected virtual string ToRepeatable(string sql) => sql;

    /// <summary>Whether there are the tables of the prerelease without a version.</summary>
    protected virtual async Task<bool> HasUnversionedAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        await transaction.Connection!.ScalarAsync(
            database.IsServer
                ? "SELECT to_regclass(@name)::text"
                : "SELECT name FROM sqlite_master WHERE type = 'table' AND name = @name",
            cancellationToken, transaction, ("name", Tables.Qualify("try"))).ConfigureAwait(false) is string;

    /// <summary>
    /// Version 3 adds what emails are found by, and changes nothing of the rest: a process of version 2 that runs goes on. The emails get
    /// their terms later, in small steps (<see cref="TermTable"/>), and so do those that such a process still stores.
    /// </summary>
    private Task<int> MigrateFromSecondAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            $"""
            {AddSearchColumnSql}
            {SearchSql}
            {SearchIndex.CreateSql()}
            """,
            cancellationToken, transaction);

    /// <summary>
    /// Version 4 adds the pauses of lanes and transporters, and the index of the lists. A process of version 2 or 3 that runs goes on; it
    /// knows only the pause of everything (<see cref="PauseTable"/> tells it), and acknowledges nothing.
    /// </summary>
    private Task<int> MigrateFromThirdAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            ToRepeatable(
                $"""
                ALTER TABLE {Tables.Worker} ADD COLUMN revision BIGINT;
                {StateIndex.CreateSql()}
                {PauseSql}
                {MovePauseSql}
                """),
            cancellationToken, transaction);

    /// <summary>
    /// Version 5 adds the suppression list, which may be empty, and the stream of an email. A process of an earlier version that runs goes
    /// on: it does not look at the list, and leaves the column as it is.
    /// </summary>
    private Task<int> MigrateFromFourthAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            ToRepeatable(
                $"""
                {AddStreamColumnSql}
                {SuppressionSql}
                """),
            cancellationToken, transaction);

    /// <summary>Version 6 adds the quotas. A process of an earlier version that runs goes on, and does not count.</summary>
    private Task<int> MigrateFromFifthAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            ToRepeatable($"{QuotaSql}\nUPDATE {Tables.Version} SET version = {CurrentVersion};"), cancellationToken, transaction);
}
