using System.Data.Common;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
internal sealed class PostgresServerDatabase(Postgres server, string connectionString) : ServerDatabase(connectionString)
{
    protected override string WaitingSql =>
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

    /// <summary>Creates an empty database, to which each statement is sent as text.</summary>
    public static async Task<ServerDatabase> CreateAsync(Postgres server) => new PostgresServerDatabase(
        server,
        new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync(TestContext.Current.CancellationToken))
        {
            MaxAutoPrepare = 0,
        }.ConnectionString);

    public override OutboxOptions Use(OutboxOptions options) => options.UsePostgres(ConnectionString);

    public override DbConnection Create() => new NpgsqlConnection(ConnectionString);

    public override Task<ServerDatabase> CreateOtherAsync() => CreateAsync(server);

    public override ServerDatabase WithOtherHost() => new PostgresServerDatabase(
        server, new NpgsqlConnectionStringBuilder(ConnectionString) { Host = "localhost" }.ConnectionString);

    public override Task RefuseAttemptsAsync(Guid id, string? text)
    {
        var condition = $"NEW.email_id = '{id:N}'" + (text is null ? "" : $" AND position('{text}'::bytea in NEW.details) > 0");
        return OnAttemptAsync($"IF {condition} THEN RAISE EXCEPTION 'refused'; END IF;");
    }

    /// <summary>Lets the database do something before each entry of a history.</summary>
    public Task OnAttemptAsync(string action) => ExecuteAsync(
        $$"""
        CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {{action}} RETURN NEW; END $$;
        CREATE TRIGGER act BEFORE INSERT ON smtp_outbox_attempt FOR EACH ROW EXECUTE FUNCTION act();
        """);
}
