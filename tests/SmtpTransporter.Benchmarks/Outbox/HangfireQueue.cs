using System.Transactions;
using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Storage.SQLite;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// Hangfire with a job for each mail, whose argument is the mail as JSON. Its storage for SQLite takes no part in a transaction of the
/// application's; it has no call for many jobs.
/// </summary>
internal sealed class HangfireQueue(QueueDatabase database, ServerOptions server) : IMailQueue
{
    private JobStorage? _storage;
    private BackgroundJobClient? _client;
    private BackgroundJobServer? _sending;
    private SmtpTransporter? _transporter;

    public async Task OpenAsync()
    {
        await database.ExecuteAsync("CREATE TABLE orders (id TEXT PRIMARY KEY)");
        // Without a poll so short a job would wait for up to 15 seconds.
        _storage = database.IsSqlite
            ? new SQLiteStorage(database.File, new SQLiteStorageOptions { QueuePollInterval = TimeSpan.FromMilliseconds(50), JournalMode = SQLiteStorageOptions.JournalModes.WAL })
            : new PostgreSqlStorage(
                new NpgsqlConnectionFactory(database.ConnectionString, new PostgreSqlStorageOptions()),
                new PostgreSqlStorageOptions { QueuePollInterval = TimeSpan.FromMilliseconds(50), EnableTransactionScopeEnlistment = true });
        _client = new BackgroundJobClient(_storage);
    }

    public Task EnqueueAsync(Email email)
    {
        var json = email.ToJson();
        _client!.Enqueue<Job>(job => job.SendAsync(json));
        return Task.CompletedTask;
    }

    public Task<bool> EnqueueManyAsync(IReadOnlyList<Email> emails) => Task.FromResult(false);

    public async Task<bool> EnqueueWithOrderAsync(Email email)
    {
        if (database.IsSqlite)
            return false;
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        await using (var connection = await database.OpenAsync())
            await QueueDatabase.ExecuteAsync(connection, null, "INSERT INTO orders (id) VALUES (@id)", ("id", Guid.NewGuid().ToString("N")));
        await EnqueueAsync(email);
        scope.Complete();
        return true;
    }

    public Task StartSendingAsync(int concurrency)
    {
        _transporter = new SmtpTransporter(server with { MaxConnections = concurrency });
        _sending = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = concurrency, Activator = new Activator(new Job(_transporter)) }, _storage!);
        return Task.CompletedTask;
    }

    public Task<long> CountOpenAsync()
    {
        var counts = _storage!.GetMonitoringApi().GetStatistics();
        return Task.FromResult(counts.Enqueued + counts.Processing);
    }

    public async ValueTask DisposeAsync()
    {
        _sending?.Dispose();
        (_storage as IDisposable)?.Dispose();
        if (_transporter is not null)
            await _transporter.DisposeAsync();
    }

    /// <summary>Made by Hangfire's activator, and so known to it by its public method.</summary>
    public sealed class Job(SmtpTransporter transporter)
    {
        public async Task SendAsync(string json) => (await transporter.SendAsync(Email.FromJson(json))).EnsureSuccess();
    }

    private sealed class Activator(Job job) : JobActivator
    {
        public override object ActivateJob(Type jobType) => job;
    }
}
