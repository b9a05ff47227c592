namespace SmtpTransport;

/// <summary>The progress of a <c>SendManyAsync</c>.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record SendProgress
{
    /// <summary>The number of emails that the server accepted for every recipient.</summary>
    public long Sent { get; init; }

    /// <summary>The number of emails with any other outcome, including <see cref="Outcome.Unknown"/>.</summary>
    public long Failed { get; init; }

    /// <summary>The number of emails in the sequence; null if it cannot be known without reading the sequence.</summary>
    public long? Total { get; init; }

    /// <summary>Results per second since the start; 0 before any time has passed.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? (Sent + Failed) / Elapsed.TotalSeconds : 0;

    /// <summary>The time since the start.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The estimated time for the rest at this rate; null if <see cref="Total"/> is not known or there is no result yet.</summary>
    public TimeSpan? Remaining =>
        Total is { } total && Rate > 0 ? TimeSpan.FromSeconds(Math.Max(0, total - Sent - Failed) / Rate) : null;
}
