namespace SmtpTransport.Outbox;

/// <summary>What came of decisions about many emails, as far as they were carried out. Not thread-safe.</summary>
internal sealed class DecisionTally
{
    /// <summary>How many emails were changed.</summary>
    public int Changed { get; set; }

    /// <summary>The workers that held some of them.</summary>
    public HashSet<string> Holders { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a message may be on its way: its email is not changed.</summary>
    public bool IsAnySending { get; set; }
}
