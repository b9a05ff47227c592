using System.Diagnostics;
using System.Globalization;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// What the sink has counted. A flight is a batch of replies: about a round trip. An idle one belongs to no message: greeting, EHLO, QUIT.
/// </summary>
internal sealed record SinkCounters(long Messages, long Octets, long Connections, long Flights, long IdleFlights)
{
    public static SinkCounters operator -(SinkCounters a, SinkCounters b) =>
        new(
            a.Messages - b.Messages, a.Octets - b.Octets, a.Connections - b.Connections, a.Flights - b.Flights,
            a.IdleFlights - b.IdleFlights);
}

/// <summary>The server that accepts and counts all messages, optionally behind a relay that delays.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private readonly LineProcess _process;
    private LineProcess? _relay;

    private Sink(LineProcess process, string host, int port) => (_process, Host, Port) = (process, host, port);

    public string Host { get; }

    public int Port { get; private set; }

    public static async Task<Sink> StartAsync(Link link, bool chunking, bool tls)
    {
        var far = link != Link.Loopback && Network.FarNamespace is not null;
        List<string> prefix = far ? ["ip", "netns", "exec", Network.FarNamespace!, .. Pinning.Server] : [.. Pinning.Server];
        string[] bind = far ? ["--bind", Network.FarAddress] : [];
        var relayed = link == Link.RoundTrip20 && !Network.HasNetem;
        var sink = await StartAsync([.. prefix, Artifacts.Compile("sink", "-lssl", "-lcrypto"), .. relayed ? [] : bind,
            .. chunking ? ["--chunking"] : Array.Empty<string>(),
            .. tls ? ["--tls", Artifacts.Certificate, Artifacts.CertificateKey] : Array.Empty<string>()],
            far ? Network.FarAddress : "127.0.0.1");
        if (!relayed)
            return sink;
        sink._relay = LineProcess.Start(
            [.. prefix, Artifacts.Compile("relay", "-pthread"), $"{Network.RoundTripMs}", "127.0.0.1", $"{sink.Port}", .. bind]);
        sink.Port = Number(await sink._relay.ReadLineAsync(Soon));
        return sink;
    }

    private static async Task<Sink> StartAsync(IEnumerable<string> command, string host)
    {
        var process = LineProcess.Start(command);
        return new(process, host, Number(await process.ReadLineAsync(Soon)));
    }

    public async Task<SinkCounters> ReadAsync()
    {
        var numbers = (await _process.AskAsync("read", Soon)).Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();
        return new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    }

    /// <summary>Waits until so many messages were received.</summary>
    /// <returns>How many there were then, and the time.</returns>
    public async Task<(long Messages, long Time)> WaitForAsync(long messages)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (true)
        {
            if ((await ReadAsync()).Messages is var arrived && arrived >= messages)
                return (arrived, Stopwatch.GetTimestamp());
            await timer.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_relay is not null)
            await _relay.DisposeAsync();
        await _process.DisposeAsync();
    }

    private static int Number(string line) => int.Parse(line, CultureInfo.InvariantCulture);
}
