using System.Data.Common;
using System.Text.RegularExpressions;

namespace SmtpTransport.Outbox;

/// <summary>
/// The tables in MariaDB, which has no indexes for some of the rows: the columns of the condition come first. Each statement is committed
/// by itself, so each may be repeated, and the row of the version is the last one. Thread-safe.
/// </summary>
internal sealed partial class MariaDbSchema(Database database) : OutboxSchema(database, Types)
{
    // In other collations two texts are equal that differ in case, in accents or in blanks at their ends.
    private static readonly SchemaTypes Types = new(
        "VARCHAR(64)", "VARCHAR(200)", "VARCHAR(500)", "LONGBLOB", " ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");

    protected override IndexDefinition[] EmailIndexes =>
    [
        Email("key", "idempotency_key", null, isUnique: true),
        Email("number", "number", null, isUnique: true),
        Email("ready", "state, owner, transporter, lane, priority, is_ordered, due_at", null),
        Email("held", "owner, state", null),
        Email("suspect", "takeovers, due_at", null),
        Email("ordered", "is_ordered, transporter, lane, state, number", null),
        Email("ended", "state, ended_at", null),
        Email("ask", "ask_at", null),
        Email("search", "search, id", null),
    ];

    protected override Task CreateAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(
            CreateRegex().Replace(CreateSql, "$0 IF NOT EXISTS"), cancellationToken, transaction);

    /// <summary>The first version for MariaDB is the second one.</summary>
    protected override Task<bool> HasUnversionedAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    [GeneratedRegex("CREATE (?:UNIQUE )?(?:TABLE|INDEX|SEQUENCE)")]
    private static partial Regex CreateRegex();
}
