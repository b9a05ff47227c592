using MySqlConnector;

namespace SmtpTransport.Outbox;

/// <inheritdoc/>
internal sealed class MariaDbSchemaInspector(Database database) : SchemaInspector(database)
{
    // Explained, so that nothing is changed: the server checks the rights all the same, those of roles too.
    private static readonly (string Right, string Sql)[] Rights =
    [
        ("SELECT", "SELECT * FROM {0}"), ("INSERT", "INSERT INTO {0} () VALUES ()"), ("UPDATE", "UPDATE {0} SET {1} = NULL WHERE 1 = 0"),
        ("DELETE", "DELETE FROM {0} WHERE 1 = 0"),
    ];

    private (string Name, string Column)[] TablesToUse =>
    [
        (Database.Tables.Email, "id"), (Database.Tables.Message, "email_id"), (Database.Tables.Attempt, "email_id"),
        (Database.Tables.Part, "id"), (Database.Tables.PartUse, "email_id"), (Database.Tables.Rate, "name"),
        (Database.Tables.Worker, "token"), (Database.Tables.Setting, "name"), (Database.Tables.Pause, "name"),
        (Database.Tables.Term, "term"), (Database.Tables.Secret, "id"), (Database.Tables.Suppression, "id"),
        (Database.Tables.Quota, "name"),
    ];

    protected override Task<List<string>> ListColumnsAsync(string table, CancellationToken cancellationToken) => Database.ListAsync(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = @table",
        reader => reader.GetString(0), cancellationToken, ("table", table));

    protected override async Task<SchemaFinding?> InspectIndexAsync(IndexDefinition index, CancellationToken cancellationToken)
    {
        var found = await Database.ListAsync(
            """
            SELECT min(non_unique), GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ') FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND table_name = @table AND index_name = @name GROUP BY index_name
            """,
            reader => (IsUnique: reader.GetInt64(0) == 0, Columns: reader.GetString(1)), cancellationToken,
            ("table", index.Table), ("name", index.Name)).ConfigureAwait(false);
        if (found is not [var actual])
            return new SchemaFinding($"The index {index.Name} is missing.", index.CreateSql());
        return actual.IsUnique == index.IsUnique && actual.Columns == index.Columns ? null : new SchemaFinding(
            $"The index {index.Name} has another definition: {(actual.IsUnique ? "UNIQUE " : "")}({actual.Columns}).",
            $"DROP INDEX {index.Name} ON {index.Table}; {index.CreateSql()}");
    }

    protected override async Task<IReadOnlyList<SchemaFinding>> InspectRightsAsync(CancellationToken cancellationToken)
    {
        var findings = new List<SchemaFinding>();
        var current = await Database.ListAsync("SELECT CURRENT_USER()", reader => reader.GetString(0), cancellationToken)
            .ConfigureAwait(false);
        var at = current[0].LastIndexOf('@');
        var user = $"'{current[0][..at]}'@'{current[0][(at + 1)..]}'";
        foreach (var (table, column) in TablesToUse)
        {
            var missing = new List<string>();
            foreach (var (right, sql) in Rights)
            {
                if (!await MayAsync(sql.Replace("{0}", table, StringComparison.Ordinal).Replace("{1}", column, StringComparison.Ordinal))
                    .ConfigureAwait(false))
                {
                    missing.Add(right);
                }
            }
            if (missing.Count > 0)
                findings.Add(Lacks(string.Join(", ", missing), table));
        }
        if (!await MayAsync($"SELECT * FROM {Database.Tables.Version}").ConfigureAwait(false))
            findings.Add(Lacks("SELECT", Database.Tables.Version));
        if (!await MayAsync($"SELECT NEXTVAL({Database.Tables.NumberSequence})").ConfigureAwait(false))
            findings.Add(Lacks("SELECT, INSERT", Database.Tables.NumberSequence));
        return findings;

        async Task<bool> MayAsync(string sql)
        {
            try
            {
                await Database.ListAsync($"EXPLAIN {sql}", _ => true, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (MySqlException exception) when (exception.ErrorCode is MySqlErrorCode.TableAccessDenied
                or MySqlErrorCode.ColumnAccessDenied or MySqlErrorCode.DatabaseAccessDenied)
            {
                return false;
            }
            catch (MySqlException exception) when (exception.ErrorCode is MySqlErrorCode.NoSuchTable)
            {
                // That it is missing is a finding already.
                return true;
            }
        }

        SchemaFinding Lacks(string rights, string table) => new(
            $"The user {user} lacks {rights} on {table}.", $"GRANT {rights} ON {table} TO {user};");
    }
}
