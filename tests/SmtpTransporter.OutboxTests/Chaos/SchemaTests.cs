using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The tables in PostgreSQL are not as the outbox needs them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SchemaTests(SharedPostgres shared) : IAsyncLifetime
{
    private OddSchema? _schema;

    private OddSchema Schema => _schema!;

    private ServerDatabase Server => Schema.Server;

    public async ValueTask InitializeAsync() =>
        _schema = await OddSchema.CreateAsync(await PostgresServerDatabase.CreateAsync(shared.Server));

    public async ValueTask DisposeAsync() => await Schema.DisposeAsync();

    [Fact]
    public async Task New_tables_are_as_they_should_be() => Assert.Empty(await Schema.InspectAsync());

    [Fact]
    public Task Each_index_that_is_missing_is_named_and_its_statement_creates_it() =>
        Schema.CheckMissingAsync(index => $"DROP INDEX {index.Name}", Schema.Database.Schema.Indexes);

    [Fact]
    public async Task An_index_that_is_invalid_or_different_is_named_with_what_mends_it()
    {
        await Server.ExecuteAsync("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'smtp_outbox_email_held'::regclass");
        await Server.ExecuteAsync("DROP INDEX smtp_outbox_email_ready");
        await Server.ExecuteAsync("CREATE INDEX smtp_outbox_email_ready ON smtp_outbox_email (lane, transporter) WHERE state = 0");

        var findings = await Schema.InspectAsync();

        Assert.Equal(2, findings.Count);
        Assert.Contains("smtp_outbox_email_ready has another definition", findings[0].Problem, StringComparison.Ordinal);
        Assert.Equal("REINDEX INDEX CONCURRENTLY smtp_outbox_email_held;", findings[1].Statement);
        await Schema.MendAsync(findings);
    }

    [Fact]
    public async Task A_table_and_a_column_that_are_missing_are_named()
    {
        await Server.ExecuteAsync("DROP TABLE smtp_outbox_rate");
        await Server.ExecuteAsync("ALTER TABLE smtp_outbox_email DROP COLUMN is_begun");

        var findings = await Schema.InspectAsync();

        Assert.Equal(
            ["The column is_begun of the table smtp_outbox_email is missing.", "The table smtp_outbox_rate is missing."],
            findings.Select(f => f.Problem));
        await Schema.MendAsync(findings);
    }

    [Fact]
    public async Task Rights_that_the_role_lacks_are_named_with_the_statement_that_grants_them()
    {
        await Server.ExecuteAsync("CREATE ROLE shop LOGIN");
        await Server.ExecuteAsync("GRANT SELECT ON ALL TABLES IN SCHEMA public TO shop");
        var own = new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Username = "shop" }.ConnectionString;
        using var database = OddSchema.Open(new OutboxOptions().UsePostgres(own));

        var findings = await OddSchema.InspectAsync(database);

        Assert.Equal("The role shop lacks INSERT, UPDATE, DELETE on smtp_outbox_email.", findings[0].Problem);
        Assert.Contains(findings, f => f.Problem == "The role shop lacks INSERT, UPDATE, DELETE on smtp_outbox_suppression.");
        Assert.Contains(findings, f => f.Problem == "The role shop lacks INSERT, UPDATE, DELETE on smtp_outbox_quota.");
        await Schema.MendAsync(findings, database);
        await Server.ExecuteAsync("DROP OWNED BY shop");
        await Server.ExecuteAsync("DROP ROLE shop");
    }

    [Fact]
    public async Task A_later_version_is_a_clear_finding_and_an_empty_database_gets_the_statements_for_it()
    {
        await Server.ExecuteAsync("UPDATE smtp_outbox_version SET version = 99");
        var later = Assert.Single(await Schema.InspectAsync());
        Assert.Contains(
            $"The tables have version 99, this program knows {OutboxSchema.CurrentVersion}", later.Problem, StringComparison.Ordinal);
        using var database = OddSchema.Open(Server.Use(new OutboxOptions { TablePrefix = "other" }));

        var finding = Assert.Single(await OddSchema.InspectAsync(database));
        await Server.ExecuteAsync(finding.Statement);

        Assert.Empty(await OddSchema.InspectAsync(database));
    }
}
