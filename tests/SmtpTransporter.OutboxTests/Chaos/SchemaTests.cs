using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The tables in PostgreSQL are not as the outbox needs them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SchemaTests(SharedPostgres shared) : IAsyncLifetime
{
    private string _database = "";
    private OutboxHost? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Database Database => _host!.Services.GetRequiredService<Database>();

    public async ValueTask InitializeAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        _host = await OutboxHost.StartAsync(o => o.UsePostgres(_database).EnableWorker = false);
    }

    public async ValueTask DisposeAsync() => await _host!.DisposeAsync();

    [Fact]
    public async Task New_tables_are_as_they_should_be() => Assert.Empty(await InspectAsync());

    [Fact]
    public async Task Each_index_that_is_missing_is_named_and_its_statement_creates_it()
    {
        foreach (var index in Database.Schema.Indexes)
        {
            await ExecuteAsync($"DROP INDEX {index.Name}");

            var finding = Assert.Single(await InspectAsync());

            Assert.Equal($"The index {index.Name} is missing.", finding.Problem);
            await ExecuteAsync(finding.Statement);
            Assert.Empty(await InspectAsync());
        }
    }

    [Fact]
    public async Task An_index_that_is_invalid_or_different_is_named_with_what_mends_it()
    {
        await ExecuteAsync("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'smtp_outbox_email_held'::regclass");
        await ExecuteAsync("DROP INDEX smtp_outbox_email_ready");
        await ExecuteAsync("CREATE INDEX smtp_outbox_email_ready ON smtp_outbox_email (lane, transporter) WHERE state = 0");

        var findings = await InspectAsync();

        Assert.Equal(2, findings.Count);
        Assert.Contains("smtp_outbox_email_ready has another definition", findings[0].Problem, StringComparison.Ordinal);
        Assert.Equal("REINDEX INDEX CONCURRENTLY smtp_outbox_email_held;", findings[1].Statement);
        foreach (var statement in findings.SelectMany(f => f.Statement.Split("; ")))
            await ExecuteAsync(statement);
        Assert.Empty(await InspectAsync());
    }

    [Fact]
    public async Task A_table_and_a_column_that_are_missing_are_named()
    {
        await ExecuteAsync("DROP TABLE smtp_outbox_rate");
        await ExecuteAsync("ALTER TABLE smtp_outbox_email DROP COLUMN is_begun");

        var findings = await InspectAsync();

        Assert.Equal(
            ["The column is_begun of the table smtp_outbox_email is missing.", "The table smtp_outbox_rate is missing."],
            findings.Select(f => f.Problem));
        foreach (var finding in findings)
            await ExecuteAsync(finding.Statement);
        Assert.Empty(await InspectAsync());
    }

    [Fact]
    public async Task Rights_that_the_role_lacks_are_named_with_the_statement_that_grants_them()
    {
        await ExecuteAsync("CREATE ROLE shop LOGIN");
        await ExecuteAsync("GRANT SELECT ON ALL TABLES IN SCHEMA public TO shop");
        var options = new OutboxOptions().UsePostgres(new NpgsqlConnectionStringBuilder(_database) { Username = "shop" }.ConnectionString);
        using var database = options.CreateDatabase(TimeProvider.System);

        var findings = await database.CreateInspector().InspectAsync(Cancellation);

        Assert.Equal(
            "The role shop lacks INSERT, UPDATE, DELETE on smtp_outbox_email.", findings[0].Problem);
        foreach (var finding in findings)
            await ExecuteAsync(finding.Statement);
        Assert.Empty(await database.CreateInspector().InspectAsync(Cancellation));
        await ExecuteAsync("DROP OWNED BY shop");
        await ExecuteAsync("DROP ROLE shop");
    }

    [Fact]
    public async Task A_later_version_is_a_clear_finding_and_an_empty_database_gets_the_statements_for_it()
    {
        await ExecuteAsync("UPDATE smtp_outbox_version SET version = 99");
        var later = Assert.Single(await InspectAsync());
        Assert.Contains(
            $"The tables have version 99, this program knows {OutboxSchema.CurrentVersion}", later.Problem, StringComparison.Ordinal);
        var options = new OutboxOptions { TablePrefix = "other" }.UsePostgres(_database);
        using var database = options.CreateDatabase(TimeProvider.System);

        var finding = Assert.Single(await database.CreateInspector().InspectAsync(Cancellation));
        await ExecuteAsync(finding.Statement);

        Assert.Empty(await database.CreateInspector().InspectAsync(Cancellation));
    }

    private Task<IReadOnlyList<SchemaFinding>> InspectAsync() => Database.CreateInspector().InspectAsync(Cancellation);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync(sql, Cancellation);
    }
}
