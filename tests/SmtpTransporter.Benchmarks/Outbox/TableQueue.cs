using System.Data.Common;
using System.Threading.Channels;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// A table as an application would write it for itself: a row for each email, one loop that reads what waits and sends it concurrently, one
/// update after each. It is the reference. It has no retries and no priorities, does not record the start of a transmission (after a crash
/// it sends twice), and works for one process only.
/// </summary>
internal sealed class TableQueue(QueueDatabase database, ServerOptions server) : IEmailQueue
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _stored = new(0);
    private SmtpTransporter? _transporter;
    private Task _sending = Task.CompletedTask;

    // SQLite has one writer at a time, and its own way to wait for it is to sleep.
    private readonly SemaphoreSlim _writer = new(database.IsSqlite ? 1 : 100);

    public async Task OpenAsync()
    {
        await database.ExecuteAsync("CREATE TABLE orders (id TEXT PRIMARY KEY)");
        var blobType = database.IsSqlite ? "BLOB" : "BYTEA";
        await database.ExecuteAsync(
            $"CREATE TABLE email (id TEXT PRIMARY KEY, sent INTEGER NOT NULL, envelope TEXT NOT NULL, message {blobType} NOT NULL)");
        await database.ExecuteAsync("CREATE INDEX email_open ON email (id) WHERE sent = 0");
    }

    public Task EnqueueAsync(Email email) => WriteAsync([email], withOrder: false);

    public async Task<bool> EnqueueManyAsync(IReadOnlyList<Email> emails)
    {
        await WriteAsync(emails, withOrder: false);
        return true;
    }

    public async Task<bool> EnqueueWithOrderAsync(Email email)
    {
        await WriteAsync([email], withOrder: true);
        return true;
    }

    public Task StartSendingAsync(int concurrency)
    {
        _transporter = new SmtpTransporter(server with { MaxConnections = concurrency });
        _sending = Task.Run(() => SendAsync(concurrency));
        return Task.CompletedTask;
    }

    public Task<long> CountOpenAsync() => database.ScalarAsync("SELECT count(*) FROM email WHERE sent = 0");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sending;
        if (_transporter is not null)
            await _transporter.DisposeAsync();
        _stopping.Dispose();
        _stored.Dispose();
        _writer.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<Email> emails, bool withOrder)
    {
        var rows = emails.Select(m => StoredMessage.FromEmail(m)).ToList();
        await _writer.WaitAsync();
        try
        {
            await using var connection = await database.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            if (withOrder)
                await QueueDatabase.AddOrderAsync(connection, transaction);
            foreach (var row in rows)
                await AddAsync(connection, transaction, row);
            await transaction.CommitAsync();
        }
        finally
        {
            _writer.Release();
        }
        _stored.Release();
    }

    private static Task<int> AddAsync(DbConnection connection, DbTransaction transaction, StoredMessage message) =>
        QueueDatabase.ExecuteAsync(
            connection, transaction, "INSERT INTO email (id, sent, envelope, message) VALUES (@id, 0, @envelope, @message)",
            ("id", Guid.CreateVersion7().ToString("N")),
            ("envelope", $"{message.Sender} {string.Join(' ', message.Recipients)}"),
            ("message", message.Message.ToArray()));

    private async Task SendAsync(int concurrency)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var rows = await ReadAsync();
            if (rows.Count == 0)
            {
                await _stored.WaitAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
                continue;
            }
            var channel = Channel.CreateUnbounded<(string Id, StoredMessage Message)>();
            foreach (var row in rows)
                channel.Writer.TryWrite(row);
            channel.Writer.Complete();
            await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => SendAsync(channel.Reader)));
        }
    }

    private async Task SendAsync(ChannelReader<(string Id, StoredMessage Message)> messages)
    {
        await foreach (var (id, message) in messages.ReadAllAsync())
        {
            (await _transporter!.SendAsync(message)).EnsureSuccess();
            await _writer.WaitAsync();
            try
            {
                await using var connection = await database.OpenAsync();
                await QueueDatabase.ExecuteAsync(connection, null, "UPDATE email SET sent = 1 WHERE id = @id", ("id", id));
            }
            finally
            {
                _writer.Release();
            }
        }
    }

    private async Task<List<(string Id, StoredMessage Message)>> ReadAsync()
    {
        await using var connection = await database.OpenAsync();
        await using var command = QueueDatabase.CreateCommand(
            connection, null, "SELECT id, envelope, message FROM email WHERE sent = 0 ORDER BY id LIMIT 200");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, StoredMessage)>();
        while (await reader.ReadAsync())
        {
            var addresses = reader.GetString(1).Split(' ');
            rows.Add((reader.GetString(0), new StoredMessage(addresses[0], addresses[1..], reader.GetFieldValue<byte[]>(2))));
        }
        return rows;
    }
}
