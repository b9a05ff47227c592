using BenchmarkDotNet.Attributes;

namespace SmtpTransport.Benchmarks;

/// <summary>Sends an email to the sink over a kept connection. The sink is another process, so that all allocations are our own.</summary>
[MemoryDiagnoser]
#pragma warning disable CA1001 // BenchmarkDotNet calls the cleanup.
public class SendBenchmarks
#pragma warning restore CA1001
{
    private Sink _sink = null!;
    private OurSession _async = null!;
    private OurSession _sync = null!;

    [Params(MailSize.Small, MailSize.Letter, MailSize.Attachment)]
    public MailSize Size { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        _sink = await Sink.StartAsync(Link.Loopback, chunking: true, tls: false);
        var target = new Target(_sink.Host, _sink.Port, Tls: false, Size, Connections: 1, Count: 0);
        _async = new OurSession(target, async: true);
        _sync = new OurSession(target, async: false);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _async.DisposeAsync();
        await _sync.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Benchmark(Description = "SendAsync")]
    public async Task SendAsync() => await _async.SendAsync(0);

    [Benchmark(Description = "Send")]
    public void Send() => _sync.SendAsync(0).AsTask().GetAwaiter().GetResult();
}
