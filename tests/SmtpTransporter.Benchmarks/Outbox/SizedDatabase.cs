using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// A database of the outbox with many emails. Two are stored and one of them sent by the outbox; the others are copies with recipients,
/// Message-IDs and times of their own, which a statement makes.
/// </summary>
internal sealed class SizedDatabase(QueueDatabase database, ServerOptions server)
{
    /// <summary>The recipient of <see cref="RareCount"/> emails.</summary>
    public const string RareRecipient = "ann@example.org";

    /// <summary>How many emails one person has.</summary>
    public const int RareCount = 20;

    private const string Email = "smtp_outbox_email";
    private const string Template = "user0@example.com";
    private const int Step = 100_000;
    private const string Columns =
        "transporter, lane, is_ordered, priority, generation, takeovers, is_begun, size, is_protected, search";

    private static readonly TimeSpan History = TimeSpan.FromDays(20);

    /// <summary>How many dead letters there are among so many emails that have ended.</summary>
    public static long DeadLetters(long ended) => Math.Min(10_000, ended / 10);

    /// <summary>Creates the tables and fills them.</summary>
    /// <param name="waiting">How many emails wait; all are due.</param>
    /// <param name="ended">How many have ended in the last 20 days, some of them as dead letters.</param>
    public async Task FillAsync(long waiting, long ended)
    {
        // The first is sent, for its history; the second waits.
        await EnqueueAsync(sends: true);
        await EnqueueAsync(sends: false);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await using var connection = await database.OpenAsync();
        if (connection is SqliteConnection sqlite)
        {
            sqlite.CreateFunction("term", (string text) =>
                Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)), isDeterministic: true);
            await QueueDatabase.ExecuteAsync(sqlite, null, "PRAGMA cache_size = -2000000; PRAGMA synchronous = OFF");
        }
        var start = now - (long)History.TotalMilliseconds;
        await CopyAsync(connection, 0, ended, start, (now - 3_600_000 - start) / (double)Math.Max(1, ended), isEnded: true);
        await CopyAsync(connection, ended, waiting, now - 3_600_000, 3_500_000 / (double)Math.Max(1, waiting), isEnded: false);
        if (!database.IsSqlite)
        {
            await QueueDatabase.ExecuteAsync(
                connection, null,
                string.Create(CultureInfo.InvariantCulture, $"SELECT setval('smtp_outbox_number', {waiting + ended + 100})"));
        }
        // As the database does by itself after some time.
        await QueueDatabase.ExecuteAsync(connection, null, database.IsSqlite ? "ANALYZE" : "VACUUM ANALYZE");
    }

    /// <summary>Starts an outbox on the database.</summary>
    public async Task<IHost> StartAsync(bool sends, Action<OutboxOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => server);
        builder.Services.AddSmtpOutbox(o =>
        {
            _ = database.IsSqlite ? o.UseSqlite(database.ConnectionString) : o.UsePostgres(database.ConnectionString);
            (o.EnableWorker, o.MaxConcurrency) = (sends, 10);
            configure?.Invoke(o);
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private async Task EnqueueAsync(bool sends)
    {
        using var host = await StartAsync(sends);
        var outbox = host.Services.GetRequiredService<IOutbox>();
        var id = await outbox.EnqueueAsync(
            new Email { From = MailContent.From, To = [Template], Subject = MailContent.Subject, TextBody = "x" });
        if (sends)
        {
            await foreach (var _ in outbox.WatchAsync(id))
            {
            }
        }
        await host.StopAsync();
    }

    private async Task CopyAsync(DbConnection connection, long first, long count, double start, double step, bool isEnded)
    {
        var dead = isEnded ? Math.Max(1, count / Math.Max(1, DeadLetters(count))) : 0;
        var rare = Math.Max(1, count / RareCount * 2);
        for (var from = first; from < first + count; from += Step)
        {
            var to = Math.Min(from + Step, first + count) - 1;
            var at = string.Create(CultureInfo.InvariantCulture, $"CAST({start} + (i - {first}) * {step} AS bigint)");
            var recipient = string.Create(
                CultureInfo.InvariantCulture, $"CASE WHEN i % {rare} = 7 THEN '{RareRecipient}' ELSE 'user' || i || '@example.com' END");
            var state = dead == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"CASE WHEN i % {dead} = 0 THEN 3 ELSE 2 END");
            var numbers = database.IsSqlite
                ? string.Create(CultureInfo.InvariantCulture,
                    $"WITH RECURSIVE g (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM g WHERE i < {to})")
                : string.Create(CultureInfo.InvariantCulture, $"WITH g (i) AS (SELECT generate_series({from}::bigint, {to}::bigint))");
            var made = $"""
                {numbers}, n AS (
                    SELECT i, {at} AS at, {recipient} AS recipient, {state} AS new_state, {Id($"{at}")} AS new_id FROM g),
                t AS (SELECT * FROM {Email} WHERE number = (SELECT max(number) FROM {Email} WHERE number < 50))
                """;
            await using var transaction = await connection.BeginTransactionAsync();
            await RunAsync(
                $"""
                {Into($"{Email} (id, number, state, attempts, created_at, due_at, expires_at, ended_at, envelope, {Columns})", made)}
                SELECT new_id, i + 50, new_state, {(isEnded ? "1" : "0")}, n.at, n.at, n.at + 172800000,
                    {(isEnded ? "n.at + 1000" : "NULL")},
                    {Envelope("envelope", "recipient")}, {Columns} FROM n, t
                """);
            await RunAsync(
                $"""
                {Into("smtp_outbox_message (email_id, content)", made)}
                SELECT new_id, content FROM n, t JOIN smtp_outbox_message m ON m.email_id = t.id
                """);
            await RunAsync(
                $"""
                {Into("smtp_outbox_term (email_id, term)", made)}
                SELECT new_id, {Term("'r' || recipient")} FROM n UNION ALL SELECT new_id, {Term("'m' || i || '@host'")} FROM n
                """);
            if (isEnded)
            {
                await RunAsync(
                    $"""
                    {Into("smtp_outbox_attempt (email_id, at, number, is_protected, details)", made)}
                    SELECT new_id, n.at + 1000, a.number, a.is_protected, {Envelope("details", "recipient")}
                    FROM n, smtp_outbox_attempt a
                    WHERE a.email_id = (SELECT id FROM {Email} WHERE number = (SELECT min(number) FROM {Email}))
                    """);
            }
            await transaction.CommitAsync();
            Console.Error.WriteLine($"{to + 1:N0} stored");

            Task<int> RunAsync(string sql) => QueueDatabase.ExecuteAsync(connection, transaction, sql);
        }
    }

    private static string Into(string target, string made) => $"INSERT INTO {target} {made}";

    private string Id(string at) => database.IsSqlite
        ? $"printf('%012x70008000%012x', {at}, i)"
        : $"lpad(to_hex({at}), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0')";

    private string Term(string text) => database.IsSqlite
        ? $"term({text})"
        : $"encode(substring(sha256(({text})::bytea) FOR 16), 'hex')";

    private string Envelope(string column, string recipient) => database.IsSqlite
        ? $"CAST(replace(CAST({column} AS TEXT), '{Template}', {recipient}) AS BLOB)"
        : $"convert_to(replace(convert_from({column}, 'UTF8'), '{Template}', {recipient}), 'UTF8')";
}
