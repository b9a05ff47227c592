using System.Text.RegularExpressions;

namespace SmtpTransport.Outbox;

/// <summary>Compares the tables of an outbox with those that it needs. It changes nothing.</summary>
internal abstract partial class SchemaInspector(Database database)
{
    protected Database Database { get; } = database;

    /// <summary>Returns what is missing or different, with the statements to run; nothing if all is well.</summary>
    public async Task<IReadOnlyList<SchemaFinding>> InspectAsync(CancellationToken cancellationToken)
    {
        switch (await Database.ReadVersionAsync(cancellationToken).ConfigureAwait(false))
        {
            case null:
                return [new SchemaFinding(
                    $"There is no table {Database.Tables.Version}: the outbox is not installed there.", Database.Schema.CreateSql)];
            case > OutboxSchema.CurrentVersion and var newer:
                return [new SchemaFinding(
                    $"The tables have version {newer}, this program knows {OutboxSchema.CurrentVersion}. Use the version of the program "
                    + "that belongs to them.")];
            case < OutboxSchema.CurrentVersion and var older:
                return [new SchemaFinding(
                    $"The tables have version {older}; the first start of an application with this version of the package brings them to "
                    + $"{OutboxSchema.CurrentVersion}.")];
        }
        var findings = new List<SchemaFinding>();
        foreach (Match table in TableRegex().Matches(Database.Schema.CreateSql))
            findings.AddRange(await InspectTableAsync(table, cancellationToken).ConfigureAwait(false));
        foreach (var index in Database.Schema.Indexes)
        {
            if (await InspectIndexAsync(index, cancellationToken).ConfigureAwait(false) is { } finding)
                findings.Add(finding);
        }
        findings.AddRange(await InspectRightsAsync(cancellationToken).ConfigureAwait(false));
        return findings;
    }

    /// <summary>The names of the columns of a table; none if it does not exist.</summary>
    protected abstract Task<List<string>> ListColumnsAsync(string table, CancellationToken cancellationToken);

    protected abstract Task<SchemaFinding?> InspectIndexAsync(IndexDefinition index, CancellationToken cancellationToken);

    protected abstract Task<IReadOnlyList<SchemaFinding>> InspectRightsAsync(CancellationToken cancellationToken);

    private async Task<IReadOnlyList<SchemaFinding>> InspectTableAsync(Match table, CancellationToken cancellationToken)
    {
        var name = table.Groups["name"].Value;
        var columns = await ListColumnsAsync(name, cancellationToken).ConfigureAwait(false);
        if (columns.Count == 0)
            return [new SchemaFinding($"The table {name} is missing.", table.Value)];
        return
        [
            .. from definition in ColumnRegex().Matches(table.Groups["columns"].Value)
            where !columns.Contains(definition.Groups["name"].Value, StringComparer.OrdinalIgnoreCase)
            select new SchemaFinding(
                $"The column {definition.Groups["name"].Value} of the table {name} is missing.",
                $"ALTER TABLE {name} ADD COLUMN {definition.Value.Trim()};"),
        ];
    }

    [GeneratedRegex(@"CREATE TABLE (?<name>\S+) \((?<columns>.*?)\)[^;()]*;", RegexOptions.Singleline)]
    private static partial Regex TableRegex();

    [GeneratedRegex(@"(?<=^|,)\s*(?<name>[a-z_]+) [A-Z](?:[^,()]|\([^)]*\))*", RegexOptions.Singleline)]
    private static partial Regex ColumnRegex();
}
