using Microsoft.Extensions.DependencyInjection;
using MySqlConnector;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The tables in MariaDB are not as the outbox needs them.</summary>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbSchemaTests(SharedMariaDb shared) : IAsyncLifetime
{
    private const long CurrentVersion = OutboxSchema.CurrentVersion;

    private OddSchema? _schema;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OddSchema Schema => _schema!;

    private ServerDatabase Server => Schema.Server;

    public async ValueTask InitializeAsync() =>
        _schema = await OddSchema.CreateAsync(await MariaDbServerDatabase.CreateAsync(shared.Server));

    public async ValueTask DisposeAsync() => await Schema.DisposeAsync();

    [Fact]
    public async Task New_tables_are_as_they_should_be() => Assert.Empty(await Schema.InspectAsync());

    [Fact]
    public Task Each_index_that_is_missing_is_named_and_its_statement_creates_it() => Schema.CheckMissingAsync(
        index => $"DROP INDEX {index.Name} ON {index.Table}", Schema.Database.Schema.Indexes.Where(i => i.Table == "smtp_outbox_email"));

    [Fact]
    public async Task A_table_a_column_and_an_index_that_are_not_as_they_should_be_are_named_with_what_mends_them()
    {
        await Server.ExecuteAsync("DROP TABLE smtp_outbox_rate");
        await Server.ExecuteAsync("ALTER TABLE smtp_outbox_email DROP COLUMN is_begun");
        await Server.ExecuteAsync("DROP INDEX smtp_outbox_email_ready ON smtp_outbox_email");
        await Server.ExecuteAsync("CREATE INDEX smtp_outbox_email_ready ON smtp_outbox_email (lane, transporter)");

        var findings = await Schema.InspectAsync();

        Assert.Equal(
            [
                "The column is_begun of the table smtp_outbox_email is missing.", "The table smtp_outbox_rate is missing.",
                "The index smtp_outbox_email_ready has another definition: (lane, transporter).",
            ],
            findings.Select(f => f.Problem));
        await Schema.MendAsync(findings);
    }

    [Fact]
    public async Task Rights_that_the_user_lacks_are_named_with_the_statement_that_grants_them_and_are_enough()
    {
        var name = new MySqlConnectionStringBuilder(Server.ConnectionString).Database;
        await Server.ExecuteAsync($"CREATE USER shop@localhost; GRANT SELECT ON {name}.* TO shop@localhost");
        var own = new MySqlConnectionStringBuilder(Server.ConnectionString) { UserID = "shop" }.ConnectionString;
        using var database = OddSchema.Open(new OutboxOptions().UseMariaDb(own));

        var findings = await OddSchema.InspectAsync(database);

        Assert.Equal("The user 'shop'@'localhost' lacks INSERT, UPDATE, DELETE on smtp_outbox_email.", findings[0].Problem);
        Assert.Contains(
            findings, f => f.Problem == "The user 'shop'@'localhost' lacks INSERT, UPDATE, DELETE on smtp_outbox_suppression.");
        Assert.Contains(
            findings, f => f.Problem == "The user 'shop'@'localhost' lacks INSERT, UPDATE, DELETE on smtp_outbox_quota.");
        await Schema.MendAsync(findings, database);
        await using (var host = await OutboxHost.StartAsync(o => o.UseMariaDb(own)))
            await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("ann")), OutboxState.Sent);
        await Server.ExecuteAsync("DROP USER shop@localhost");
    }

    [Fact]
    public async Task A_creation_that_was_cut_off_after_any_statement_is_completed_by_the_next_start()
    {
        var statements = Schema.Database.Schema.CreateSql.Split(";\n", StringSplitOptions.RemoveEmptyEntries);
        for (var count = 1; count < statements.Length; count += 3)
        {
            var other = await Server.CreateOtherAsync();
            await other.ExecuteAsync(string.Join(";\n", statements.Take(count)));

            await using var host = await OutboxHost.StartAsync(o => other.Use(o).EnableWorker = false);

            Assert.Empty(await OddSchema.InspectAsync(host.Services.GetRequiredService<Database>()));
            Assert.Equal(CurrentVersion, Convert.ToInt64(await other.ScalarAsync("SELECT sum(version) FROM smtp_outbox_version"), null));
        }
    }

    [Fact]
    public async Task Machines_that_start_at_once_create_the_tables_once()
    {
        var other = await Server.CreateOtherAsync();

        var hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OutboxHost.StartAsync(o => other.Use(o).EnableWorker = false)));

        Assert.Equal(CurrentVersion, Convert.ToInt64(await other.ScalarAsync("SELECT sum(version) FROM smtp_outbox_version"), null));
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    [Theory]
    [InlineData("Server=db")]
    [InlineData("Database=shop")]
    public void A_connection_string_without_a_server_or_a_database_is_refused(string connectionString)
    {
        var exception = Assert.Throws<ArgumentException>(() => new OutboxOptions().UseMariaDb(connectionString));

        Assert.Contains("names no server or no database", exception.Message, StringComparison.Ordinal);
    }
}
