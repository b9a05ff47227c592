using System.Diagnostics;
using System.Text.Json;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// A client in its own process. It prints its version; then it reads a <see cref="Target"/> from each line of its standard input, and
/// replies with a line of JSON: a <see cref="Measurement"/>. The peers in other languages do the same.
/// </summary>
internal static class Worker
{
    public static async Task<int> RunAsync(string name)
    {
        Console.WriteLine(Version(name));
        while (Console.ReadLine() is { } line)
        {
            Measurement measurement;
            try
            {
                measurement = await MeasureAsync(name, Target.Parse(line));
            }
            catch (Exception exception)
            {
                measurement = new() { Error = $"{exception.GetType().Name}: {exception.Message}" };
            }
            Console.WriteLine(JsonSerializer.Serialize(measurement, Measurement.Json));
        }
        return 0;
    }

    private static IClientSession Open(string name, Target target) => name switch
    {
        "ours-async" => new OurSession(target, async: true),
        "ours-sync" => new OurSession(target, async: false),
        "ours-overlap-1" => new OurSession(target, async: true, overlap: 1),
        "ours-overlap-8" => new OurSession(target, async: true, overlap: 8),
        "ours-merge" => new MergeSession(target),
        "mailkit-async" => new MailKitSession(target, async: true, reuse: true),
        "mailkit-sync" => new MailKitSession(target, async: false, reuse: true),
        "mailkit-each" => new MailKitSession(target, async: true, reuse: false),
        "system-net-mail" => new SystemNetMailSession(target),
        _ => throw new ArgumentException($"The client {name} does not exist."),
    };

    private static string Version(string name)
    {
        var type = name.Split('-')[0] switch
        {
            "ours" => typeof(SmtpTransporter),
            "mailkit" => typeof(MailKit.Net.Smtp.SmtpClient),
            _ => typeof(System.Net.Mail.SmtpClient),
        };
        var file = FileVersionInfo.GetVersionInfo(type.Assembly.Location);
        return $"{type.Assembly.GetName().Name} {file.ProductVersion?.Split('+')[0]}, .NET {Environment.Version}";
    }

    private static async Task<Measurement> MeasureAsync(string name, Target target)
    {
        await using var session = Open(name, target);
        var opening = 0;
        if (session.KeepsConnections)
        {
            // The clock starts with open connections: the comparison covers sending only.
            await InLanesAsync(session, target.Connections, target.Connections);
            opening = target.Connections;
        }
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await InLanesAsync(session, target.Connections * session.LanesPerConnection, target.Count);
        var seconds = watch.Elapsed.TotalSeconds;
        return new()
        {
            Messages = target.Count,
            Opening = opening,
            Seconds = seconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            AllocatedBytes = GC.GetTotalAllocatedBytes(precise: true) - allocated,
        };
    }

    /// <summary>
    /// A single lane runs on the calling thread. Several lanes have a thread each: a synchronous client blocks it, an asynchronous one does
    /// not.
    /// </summary>
    private static Task InLanesAsync(IClientSession session, int lanes, int count)
    {
        if (lanes == 1)
            return LaneAsync(0, count);
        return Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => Task.Factory.StartNew(
            () => LaneAsync(lane, (count / lanes) + (lane < count % lanes ? 1 : 0)),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        async Task LaneAsync(int lane, int emails)
        {
            for (var i = 0; i < emails; i++)
                await session.SendAsync(lane);
        }
    }
}
