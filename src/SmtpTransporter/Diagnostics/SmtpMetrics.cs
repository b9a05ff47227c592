using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace SmtpTransport;

/// <summary>The metrics. Safe for concurrent callers.</summary>
internal static class SmtpMetrics
{
    private static readonly Meter Meter = new(SmtpTelemetry.Name, typeof(SmtpMetrics).Assembly.GetName().Version?.ToString());

    // From a server in the same network to the time limit of a send, which is 100 s if nobody sets another.
    private static readonly Histogram<double> Duration = Histogram(
        "smtp.client.send.duration", "s", "How long a send took, from the call to its result.",
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 100]);

    private static readonly Histogram<double> Waits = Histogram(
        "smtp.client.wait.duration", "s", "How long a send waited for its rate limits and for a connection.",
        [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 100]);

    // Servers take messages up to 10, 25, 35 or 50 MB.
    private static readonly Histogram<long> Sizes = Histogram<long>(
        "smtp.client.message.size", "By", "The size of the messages that were sent, in bytes on the wire before dots are doubled.",
        [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000]);

    private static readonly Counter<long> Recipients = Meter.CreateCounter<long>(
        "smtp.client.recipients", "{recipient}", "The recipients of the messages, by their state.");

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "smtp.client.retries", "{retry}", "Attempts that were repeated within a send, by reason.");

    private static readonly UpDownCounter<long> Connections = Meter.CreateUpDownCounter<long>(
        "smtp.client.connections", "{connection}", "The connections, by their state.");

    // Once: MailKit makes a new meter each time.
    private static readonly Lazy<bool> MailKits = new(() =>
    {
        MailKit.Telemetry.SmtpClient.Configure();
        return true;
    });

    /// <summary>Has MailKit measure what it does.</summary>
    public static void SwitchOn() => _ = MailKits.Value;

    public static void Sent(ServerOptions options, SendResult result, bool canceled, long? size)
    {
        if (Duration.Enabled)
        {
            var tags = Server(options);
            tags.Add("smtp.outcome", result.Outcome.ToString());
            if (ErrorType(result, canceled) is { } error)
                tags.Add("error.type", error);
            Duration.Record(result.Elapsed.TotalSeconds, tags);
        }
        if (size is { } octets && Sizes.Enabled)
            Sizes.Record(octets, Server(options));
        if (Recipients.Enabled)
        {
            foreach (var state in result.Recipients.GroupBy(r => r.State))
            {
                var tags = Server(options);
                tags.Add("smtp.recipient.state", state.Key.ToString());
                Recipients.Add(state.Count(), tags);
            }
        }
    }

    public static void Waited(ServerOptions options, TimeSpan time)
    {
        if (Waits.Enabled)
            Waits.Record(time.TotalSeconds, Server(options));
    }

    /// <summary>Reasons: <c>stale_connection</c>, <c>closed_connection</c>, <c>reconnect</c> and <c>failover</c>.</summary>
    public static void Retried(ServerOptions options, string reason)
    {
        if (!Retries.Enabled)
            return;
        var tags = Server(options);
        tags.Add("smtp.retry.reason", reason);
        Retries.Add(1, tags);
    }

    /// <summary>States: <c>used</c> and <c>idle</c>.</summary>
    public static void Count(ServerOptions options, string state, int change)
    {
        if (!Connections.Enabled)
            return;
        var tags = Server(options);
        tags.Add("smtp.connection.state", state);
        Connections.Add(change, tags);
    }

    /// <summary>What went wrong, in few different words: a reply code, or one of <see cref="SmtpErrorCodes"/>.</summary>
    public static string? ErrorType(SendResult result, bool canceled) =>
        result.Success ? null
        : canceled ? "canceled"
        : result.Status != 0 ? result.Status.ToString(CultureInfo.InvariantCulture)
        : result.Errors.Count > 0 ? result.Errors[^1].ErrCode.ToString(CultureInfo.InvariantCulture)
        : "_OTHER";

    /// <summary>A histogram that tells which buckets fit: those of OpenTelemetry are for milliseconds. Before .NET 9 it cannot.</summary>
    private static Histogram<T> Histogram<T>(string name, string unit, string description, T[] buckets)
        where T : struct =>
#if NET9_0_OR_GREATER
        Meter.CreateHistogram(
            name, unit, description, tags: null, advice: new InstrumentAdvice<T> { HistogramBucketBoundaries = buckets });
#else
        Meter.CreateHistogram<T>(name, unit, description);
#endif

    private static TagList Server(ServerOptions options) =>
        options.PickupFolder is null ? new() { { "server.address", options.Host }, { "server.port", options.Port } } : default;
}
