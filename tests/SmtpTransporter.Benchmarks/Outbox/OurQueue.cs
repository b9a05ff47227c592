using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;

namespace SmtpTransport.Benchmarks;

/// <summary>The outbox.</summary>
internal sealed class OurQueue(QueueDatabase database, ServerOptions server) : IEmailQueue
{
    private IHost? _host;

    private IOutbox Outbox => _host!.Services.GetRequiredService<IOutbox>();

    public async Task OpenAsync()
    {
        await database.ExecuteAsync("CREATE TABLE orders (id TEXT PRIMARY KEY)");
        await RunAsync(sends: false, 1);
    }

    public Task EnqueueAsync(Email email) => Outbox.EnqueueAsync(email);

    public async Task<bool> EnqueueManyAsync(IReadOnlyList<Email> emails)
    {
        var ids = await Outbox.EnqueueManyAsync(emails.Select(m => new OutboxEmail(m)));
        return ids.Count == emails.Count;
    }

    public async Task<bool> EnqueueWithOrderAsync(Email email)
    {
        await using var connection = await database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await QueueDatabase.AddOrderAsync(connection, transaction);
        await Outbox.EnqueueAsync(email, transaction: transaction);
        await transaction.CommitAsync();
        return true;
    }

    public async Task StartSendingAsync(int concurrency)
    {
        await StopAsync();
        await RunAsync(sends: true, concurrency);
    }

    public async Task<long> CountOpenAsync()
    {
        var counts = await Outbox.CountAsync();
        return counts[OutboxState.Waiting] + counts[OutboxState.Sending];
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task RunAsync(bool sends, int concurrency)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => server with { MaxConnections = concurrency });
        builder.Services.AddSmtpOutbox(o =>
        {
            _ = database.IsSqlite ? o.UseSqlite(database.ConnectionString) : o.UsePostgres(database.ConnectionString);
            (o.EnableWorker, o.MaxConcurrency) = (sends, concurrency);
        });
        _host = builder.Build();
        await _host.StartAsync();
    }

    private async Task StopAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
        _host = null;
    }
}
