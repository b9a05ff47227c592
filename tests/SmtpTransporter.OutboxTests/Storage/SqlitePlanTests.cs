using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What a worker does with the emails that it holds reads no others in SQLite.</summary>
public sealed class SqlitePlanTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("give back")]
    [InlineData("free")]
    [InlineData("park")]
    public async Task The_emails_of_a_worker_are_found_in_the_index_of_those_that_are_held(string statement)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.EnqueueManyAsync(TestEmail.Many(200));
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var tables = host.Services.GetRequiredService<Database>().Tables;
        var source = host.Services.GetRequiredService<Database>().List([]);
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync("ANALYZE", Cancellation);
        var sql = statement switch
        {
            "give back" => workers.GiveBackSql(source.Sql),
            "free" => workers.Free.ToSql(tables, "id"),
            _ => workers.Park.ToSql(tables, "id"),
        };

        var plan = await connection.ListAsync(
            $"EXPLAIN QUERY PLAN {sql}", reader => reader.GetString(3), Cancellation, null,
            [("token", "w"), ("ask", 0L), ("now", 1L), .. source.Parameters]);

        Assert.Contains("SEARCH smtp_outbox_email USING INDEX smtp_outbox_email_held (owner=?)", plan);
        Assert.DoesNotContain(plan, line => line.StartsWith("SCAN smtp_outbox_email", StringComparison.Ordinal));
    }
}
