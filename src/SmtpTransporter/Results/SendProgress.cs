namespace SmtpTransport;

/// <summary>How far a <c>SendManyAsync</c> has come. Immutable.</summary>
public sealed record SendProgress
{
    /// <summary>How many mails the server took for every recipient.</summary>
    public long Sent { get; init; }

    /// <summary>How many have any other outcome, <see cref="Outcome.Unknown"/> among them.</summary>
    public long Failed { get; init; }

    /// <summary>How many mails there are; null where the sequence does not tell without being read.</summary>
    public long? Total { get; init; }

    /// <summary>Mails that have a result, by second, since the beginning.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? (Sent + Failed) / Elapsed.TotalSeconds : 0;

    /// <summary>The time since the beginning.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The time that the rest takes at this rate; null where <see cref="Total"/> is not known or nothing has a result yet.</summary>
    public TimeSpan? Remaining => Total is { } total && Rate > 0 ? TimeSpan.FromSeconds(Math.Max(0, total - Sent - Failed) / Rate) : null;
}
