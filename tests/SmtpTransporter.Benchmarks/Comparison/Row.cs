namespace SmtpTransport.Benchmarks;

/// <summary>What the client reported about a round, and what the sink received.</summary>
internal sealed record Round(Measurement Reported, SinkCounters Received)
{
    public double Rate => Reported.Messages / Reported.Seconds;

    public double CpuMicroseconds => Reported.CpuSeconds * 1e6 / Reported.Messages;

    public double? AllocatedBytes => (double?)Reported.AllocatedBytes / Reported.Messages;

    /// <summary>Without greeting, EHLO and QUIT if connections are kept; with them if each message has its own connection.</summary>
    public double Flights => (double)(Received.Flights - (Reported.Opening > 0 ? Received.IdleFlights : 0)) / Received.Messages;
}

/// <summary>A line of a table.</summary>
internal sealed class Row(Entry entry, Client client)
{
    public Entry Entry => entry;

    public Client Client => client;

    /// <summary>The number of messages in a round.</summary>
    public int Count { get; set; }

    public List<Round> Rounds { get; } = [];

    /// <summary>Why there are no figures.</summary>
    public string? Remark { get; set; }

    /// <summary>Whether the client and the sink disagree.</summary>
    public bool IsWrong { get; set; }
}
