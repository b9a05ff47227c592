namespace SmtpTransport.Benchmarks;

/// <summary>What the client said of a round, and what the sink has of it.</summary>
internal sealed record Round(Measurement Said, SinkCounters Had)
{
    public double Rate => Said.Messages / Said.Seconds;

    public double CpuMicroseconds => Said.CpuSeconds * 1e6 / Said.Messages;

    public double? AllocatedBytes => (double?)Said.AllocatedBytes / Said.Messages;

    /// <summary>Of the mails alone where connections are kept; with greeting, EHLO and QUIT where each mail has its own.</summary>
    public double Flights => (double)(Had.Flights - (Said.Opening > 0 ? Had.IdleFlights : 0)) / Had.Messages;
}

/// <summary>A line of a table.</summary>
internal sealed class Row(Entry entry, Client client)
{
    public Entry Entry => entry;

    public Client Client => client;

    /// <summary>How many mails a round has.</summary>
    public int Count { get; set; }

    public List<Round> Rounds { get; } = [];

    /// <summary>Why there are no figures.</summary>
    public string? Remark { get; set; }

    /// <summary>Whether the client and the sink disagree.</summary>
    public bool IsWrong { get; set; }
}
