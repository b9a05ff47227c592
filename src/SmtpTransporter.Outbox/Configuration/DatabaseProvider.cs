using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>The kinds of databases, and how a connection string shows its own.</summary>
internal static class DatabaseProvider
{
    public const string Sqlite = "Sqlite";
    public const string Postgres = "Postgres";
    public const string MariaDb = "MariaDb";

    public static IReadOnlyList<string> All { get; } = [Sqlite, Postgres, MariaDb];

    /// <exception cref="ArgumentException">The connection string is not valid, or could be of no provider.</exception>
    public static string Find(string connectionString)
    {
        var keywords = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return keywords.ContainsKey("Data Source") || keywords.ContainsKey("DataSource") || keywords.ContainsKey("Filename") ? Sqlite
            : keywords.ContainsKey("Host") ? Postgres
            : keywords.ContainsKey("Server") ? MariaDb
            : throw new ArgumentException(
                "The connection string needs Host=… (PostgreSQL), Server=… (MariaDB) or Data Source=… (SQLite).");
    }

    /// <exception cref="ArgumentException">The connection string is not valid for the provider.</exception>
    public static void Use(OutboxOptions options, string provider, string connectionString) => _ = provider switch
    {
        Sqlite => options.UseSqlite(connectionString),
        Postgres => options.UsePostgres(connectionString),
        _ => options.UseMariaDb(connectionString),
    };
}
