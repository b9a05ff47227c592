using System.Text.Json;

namespace SmtpTransport.Benchmarks;

/// <summary>What a client reports about one round.</summary>
internal sealed record Measurement
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The number of messages that were timed.</summary>
    public int Messages { get; init; }

    /// <summary>The number of messages that were sent before the clock started, to open the connections.</summary>
    public int Opening { get; init; }

    public double Seconds { get; init; }

    /// <summary>User and system time of the client's process over the same span.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Null if the client's language does not report it.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>What the client cannot do, such as TLS. Nothing was sent.</summary>
    public string? Unsupported { get; init; }

    public string? Error { get; init; }
}
