using System.Text.RegularExpressions;

namespace SmtpTransport.Outbox;

/// <inheritdoc/>
internal sealed partial class PostgresSchemaInspector(Database database) : SchemaInspector(database)
{
    private static readonly string[] Rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];

    private string[] TablesToUse =>
    [
        Database.Tables.Email, Database.Tables.Message, Database.Tables.Attempt, Database.Tables.Part, Database.Tables.PartUse,
        Database.Tables.Term, Database.Tables.Secret, Database.Tables.Rate, Database.Tables.Worker, Database.Tables.Setting,
        Database.Tables.Pause, Database.Tables.Suppression, Database.Tables.Quota,
    ];

    protected override Task<List<string>> ListColumnsAsync(string table, CancellationToken cancellationToken) => Database.ListAsync(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(@table) AND attnum > 0 AND NOT attisdropped",
        reader => reader.GetString(0), cancellationToken, ("table", table));

    protected override async Task<SchemaFinding?> InspectIndexAsync(IndexDefinition index, CancellationToken cancellationToken)
    {
        var name = Database.Tables.InSchema(index.Name);
        var found = await Database.ListAsync(
            """
            SELECT i.indisvalid, i.indisunique, coalesce(pg_get_expr(i.indpred, i.indrelid), ''), (
                SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' ORDER BY n) FROM generate_series(1, i.indnkeyatts) AS n),
                pg_get_indexdef(i.indexrelid)
            FROM pg_index i WHERE i.indexrelid = to_regclass(@name)
            """,
            reader => (IsValid: reader.GetBoolean(0), IsUnique: reader.GetBoolean(1), Where: reader.GetString(2),
                Columns: reader.IsDBNull(3) ? "" : reader.GetString(3), Sql: reader.GetString(4)),
            cancellationToken, ("name", name)).ConfigureAwait(false);
        var create = index.CreateSql("CONCURRENTLY ");
        if (found is not [var actual])
            return new SchemaFinding($"The index {name} is missing.", create);
        if (!actual.IsValid)
            return new SchemaFinding($"The index {name} is invalid: its creation has failed.", $"REINDEX INDEX CONCURRENTLY {name};");
        return actual.IsUnique == index.IsUnique && Normalize(actual.Columns) == Normalize(index.Columns)
            && Normalize(actual.Where) == Normalize(index.Where)
            ? null
            : new SchemaFinding(
                $"The index {name} has another definition: {actual.Sql}.", $"DROP INDEX CONCURRENTLY {name}; {create}");
    }

    protected override async Task<IReadOnlyList<SchemaFinding>> InspectRightsAsync(CancellationToken cancellationToken)
    {
        var findings = new List<SchemaFinding>();
        foreach (var table in TablesToUse)
            findings.AddRange(await InspectRightsAsync("has_table_privilege", "", table, Rights, cancellationToken).ConfigureAwait(false));
        findings.AddRange(await InspectRightsAsync(
            "has_table_privilege", "", Database.Tables.Version, ["SELECT"], cancellationToken).ConfigureAwait(false));
        findings.AddRange(await InspectRightsAsync(
            "has_sequence_privilege", "SEQUENCE ", Database.Tables.NumberSequence, ["USAGE"], cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private async Task<IReadOnlyList<SchemaFinding>> InspectRightsAsync(
        string function, string kind, string name, string[] rights, CancellationToken cancellationToken)
    {
        var missing = await Database.ListAsync(
            $"""
            SELECT r, quote_ident(current_user) FROM unnest(@rights) AS r
            WHERE to_regclass(@name) IS NOT NULL AND NOT {function}(to_regclass(@name), r)
            """,
            reader => (Right: reader.GetString(0), User: reader.GetString(1)), cancellationToken, ("rights", rights), ("name", name))
            .ConfigureAwait(false);
        if (missing.Count == 0)
            return [];
        var list = string.Join(", ", missing.Select(m => m.Right));
        return [new SchemaFinding(
            $"The role {missing[0].User} lacks {list} on {name}.", $"GRANT {list} ON {kind}{name} TO {missing[0].User};")];
    }

    /// <summary>PostgreSQL writes a condition in its own way.</summary>
    private static string Normalize(string? condition) =>
        IgnoredRegex().Replace(ListRegex().Replace(condition ?? "", "$1 = ANY ARRAY[$2]"), "");

    [GeneratedRegex(@"(\w+) IN \(([^)]*)\)")]
    private static partial Regex ListRegex();

    [GeneratedRegex(@"[\s()]")]
    private static partial Regex IgnoredRegex();
}
