namespace SmtpTransport.Tool;

/// <summary>Which outbox is meant.</summary>
/// <param name="ConnectionString">A connection string; null for the one in the environment.</param>
/// <param name="Prefix">What the names of the tables begin with.</param>
/// <param name="Schema">The schema of PostgreSQL.</param>
internal sealed record OutboxDatabase(string? ConnectionString, string Prefix, string? Schema);
