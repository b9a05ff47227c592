using System.Text.Json;

namespace SmtpTransport.Benchmarks;

/// <summary>A client that runs, through all scenarios, so that it is warm.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly LineProcess _process;
    private readonly HashSet<(MailSize, bool)> _warm = [];

    private ClientProcess(Client client, LineProcess process, string version) => (Client, _process, Version) = (client, process, version);

    public Client Client { get; }

    public string Version { get; }

    /// <summary>Whether it answered to all that it was told.</summary>
    public bool IsAlive { get; private set; } = true;

    public static async Task<ClientProcess> StartAsync(Client client)
    {
        // These are where the languages look for further authorities.
        var environment = new Dictionary<string, string>
        {
            ["BENCHMARKS_CONTENT"] = Artifacts.Content,
            ["BENCHMARKS_PEERS"] = Artifacts.Peers,
            ["SSL_CERT_FILE"] = Artifacts.Certificate,
            ["NODE_EXTRA_CA_CERTS"] = Artifacts.Certificate,
        };
        var process = LineProcess.Start([.. Pinning.Client, .. client.Command], environment);
        try
        {
            return new(client, process, await process.ReadLineAsync(Limit));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task<Measurement> RunAsync(Target target)
    {
        try
        {
            var line = await _process.AskAsync(target.ToString(), Limit);
            return JsonSerializer.Deserialize<Measurement>(line, Measurement.Json) ?? new() { Error = "it said null" };
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or JsonException)
        {
            IsAlive = false;
            return new() { Error = exception is TimeoutException ? $"no answer within {Limit.TotalSeconds} s" : exception.Message };
        }
    }

    /// <summary>Sends until the compiler is done: with a short warm-up, all that is compiled on the way looks twice as dear.</summary>
    public async Task WarmUpAsync(Sink near, MailSize size, bool tls, Budget budget)
    {
        if (!Client.WarmsUp || !_warm.Add((size, tls)))
            return;
        var (sent, seconds) = (0, 0.0);
        for (var count = 8; seconds < budget.WarmUpSeconds && sent < budget.WarmUpMails; count = Math.Min(count * 2, 1024))
        {
            var measurement = await RunAsync(new(near.Host, near.Port, tls, size, 1, count));
            if (measurement.Error is not null || measurement.Unsupported is not null)
                return;
            sent += count;
            seconds += measurement.Seconds;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
