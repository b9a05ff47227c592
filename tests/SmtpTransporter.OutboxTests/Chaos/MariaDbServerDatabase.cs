using System.Data.Common;
using MySqlConnector;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
internal sealed class MariaDbServerDatabase(MariaDb server, string connectionString) : ServerDatabase(connectionString)
{
    // Not innodb_trx: whoever reads it more often than ten times a second sees nothing new.
    protected override string WaitingSql =>
        "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'";

    /// <summary>Creates an empty database.</summary>
    public static async Task<ServerDatabase> CreateAsync(MariaDb server) =>
        new MariaDbServerDatabase(server, await server.CreateDatabaseAsync(TestContext.Current.CancellationToken));

    public override OutboxOptions Use(OutboxOptions options) => options.UseMariaDb(ConnectionString);

    public override DbConnection Create() => new MySqlConnection(ConnectionString);

    public override Task<ServerDatabase> CreateOtherAsync() => CreateAsync(server);

    public override ServerDatabase WithOtherHost() => new MariaDbServerDatabase(
        server, new MySqlConnectionStringBuilder(ConnectionString) { Server = "localhost" }.ConnectionString);

    public override Task RefuseAttemptsAsync(Guid id, string? text)
    {
        var condition = $"NEW.email_id = '{id:N}'" + (text is null ? "" : $" AND LOCATE('{text}', NEW.details) > 0");
        return ExecuteAsync(
            $"""
            CREATE TRIGGER act BEFORE INSERT ON smtp_outbox_attempt FOR EACH ROW
            IF {condition} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF
            """);
    }
}
