using Npgsql;

namespace SmtpTransport.Outbox;

internal static class NpgsqlConnectionStringBuilderExtensions
{
    /// <summary>Whether a connection string has a value for a keyword, be it the default.</summary>
    public static bool IsGiven(this NpgsqlConnectionStringBuilder connection, string keyword) =>
        connection.Keys.Cast<string>().Contains(keyword, StringComparer.OrdinalIgnoreCase);
}
