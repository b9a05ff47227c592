using System.Transactions;
using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Storage.SQLite;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// Hangfire with a job for each email, whose argument is the email as JSON. Its storage for SQLite does not participate in a transaction of
/// the application; it has no call for many jobs.
/// </summary>
internal sealed class HangfireQueue(QueueDatabase database, ServerOptions server) : IEmailQueue
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private JobStorage? _storage;
    private BackgroundJobClient? _client;
    private BackgroundJobServer? _sending;
    private SmtpTransporter? _transporter;

    public async Task OpenAsync()
    {
        await database.ExecuteAsync("CREATE TABLE orders (id TEXT PRIMARY KEY)");
        // By default a job waits for up to 15 seconds.
        _storage = database.IsSqlite
            ? new SQLiteStorage(database.File, new SQLiteStorageOptions
            {
                QueuePollInterval = PollInterval,
                JournalMode = SQLiteStorageOptions.JournalModes.WAL,
            })
            : new PostgreSqlStorage(
                new NpgsqlConnectionFactory(database.ConnectionString, new PostgreSqlStorageOptions()),
                new PostgreSqlStorageOptions { QueuePollInterval = PollInterval, EnableTransactionScopeEnlistment = true });
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
            await QueueDatabase.AddOrderAsync(connection, null);
        await EnqueueAsync(email);
        scope.Complete();
        return true;
    }

    public Task StartSendingAsync(int concurrency)
    {
        _transporter = new SmtpTransporter(server with { MaxConnections = concurrency });
        var options = new BackgroundJobServerOptions { WorkerCount = concurrency, Activator = new Activator(new Job(_transporter)) };
        _sending = new BackgroundJobServer(options, _storage!);
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

    /// <summary>Public, because Hangfire calls its method by reflection.</summary>
    public sealed class Job(SmtpTransporter transporter)
    {
        public async Task SendAsync(string json) => (await transporter.SendAsync(Email.FromJson(json))).EnsureSuccess();
    }

    private sealed class Activator(Job job) : JobActivator
    {
        public override object ActivateJob(Type jobType) => job;
    }
}
