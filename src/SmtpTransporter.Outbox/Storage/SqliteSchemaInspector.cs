namespace SmtpTransport.Outbox;

/// <inheritdoc/>
internal sealed class SqliteSchemaInspector(Database database) : SchemaInspector(database)
{
    protected override Task<List<string>> ListColumnsAsync(string table, CancellationToken cancellationToken) => Database.ListAsync(
        "SELECT name FROM pragma_table_info(@table)", reader => reader.GetString(0), cancellationToken, ("table", table));

    protected override async Task<SchemaFinding?> InspectIndexAsync(IndexDefinition index, CancellationToken cancellationToken)
    {
        var found = await Database.ListAsync(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = @name", reader => reader.GetString(0), cancellationToken,
            ("name", index.Name)).ConfigureAwait(false);
        if (found.Count == 0)
            return new SchemaFinding($"The index {index.Name} is missing.", index.CreateSql());
        return Normalize(found[0]) == Normalize(index.CreateSql()) ? null : new SchemaFinding(
            $"The index {index.Name} has another definition: {found[0]}.", $"DROP INDEX {index.Name}; {index.CreateSql()}");
    }

    /// <summary>Whoever may write the file may do everything.</summary>
    protected override Task<IReadOnlyList<SchemaFinding>> InspectRightsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SchemaFinding>>([]);

    private static string Normalize(string sql) =>
        string.Concat(sql.Where(c => !char.IsWhiteSpace(c) && c is not ';')).ToUpperInvariant();
}
