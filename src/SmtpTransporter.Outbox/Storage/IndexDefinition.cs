namespace SmtpTransport.Outbox;

/// <summary>An index as the outbox needs it.</summary>
/// <param name="Name">Its name, without the schema.</param>
/// <param name="Table">Its table, with the schema.</param>
/// <param name="Columns">Its columns, in their order.</param>
/// <param name="Where">The condition of its rows; null for all.</param>
/// <param name="IsUnique">Whether no two rows may be equal.</param>
internal sealed record IndexDefinition(string Name, string Table, string Columns, string? Where = null, bool IsUnique = false)
{
    /// <summary>The statement that creates it.</summary>
    /// <param name="how">What follows the word INDEX, such as CONCURRENTLY.</param>
    public string CreateSql(string how = "") =>
        $"CREATE {(IsUnique ? "UNIQUE " : "")}INDEX {how}{Name} ON {Table} ({Columns}){(Where is null ? "" : $" WHERE {Where}")};";
}
