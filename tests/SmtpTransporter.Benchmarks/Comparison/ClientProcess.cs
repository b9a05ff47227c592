using System.Text.Json;

namespace SmtpTransport.Benchmarks;

/// <summary>A client process that runs through all scenarios, so that it stays warm.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly LineProcess _process;
    private readonly HashSet<(MailSize, bool)> _warm = [];

    private ClientProcess(Client client, LineProcess process, string version) => (Client, _process, Version) = (client, process, version);

    public Client Client { get; }

    public string Version { get; }

    /// <summary>Whether the client replied to every request.</summary>
    public bool IsAlive { get; private set; } = true;

    public static async Task<ClientProcess> StartAsync(Client client)
    {
        // The languages read further certificate authorities from these variables.
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
            return JsonSerializer.Deserialize<Measurement>(line, Measurement.Json) ?? new() { Error = "it replied with null" };
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or JsonException)
        {
            IsAlive = false;
            return new() { Error = exception is TimeoutException ? $"no reply within {Limit.TotalSeconds} s" : exception.Message };
        }
    }

    /// <summary>Sends until the compiler is done: after a short warm-up, code that is still being compiled appears twice as slow.</summary>
    public async Task WarmUpAsync(Sink near, MailSize size, bool tls, Budget budget)
    {
        if (!Client.WarmsUp || !_warm.Add((size, tls)))
            return;
        var (sent, seconds) = (0, 0.0);
        for (var count = 8; seconds < budget.WarmUpSeconds && sent < budget.WarmUpMessages; count = Math.Min(count * 2, 1024))
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
