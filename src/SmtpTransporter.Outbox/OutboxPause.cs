namespace SmtpTransport.Outbox;

/// <summary>A pause: what is not sent until it is resumed, by whose decision and why.</summary>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxPause
{
    /// <summary>The key of the transporter; empty for the one without a key, null for all.</summary>
    public string? TransporterName { get; init; }

    /// <summary>The lane; empty for the one without a name, null for all.</summary>
    public string? Lane { get; init; }

    /// <summary>When it was paused (UTC).</summary>
    public DateTimeOffset PausedAt { get; init; }

    /// <summary>Who paused it; null if nobody was named.</summary>
    public string? By { get; init; }

    /// <summary>Why; null if no reason was given.</summary>
    public string? Reason { get; init; }

    /// <summary>Returns transporter, lane, person and reason.</summary>
    /// <returns>One line for a log, such as <c>lane "tenant-17" of all transporters, by ann: bounces</c>.</returns>
    public override string ToString()
    {
        var lane = Lane is "" ? "the lane without a name" : $"lane \"{Lane}\"";
        var transporter = TransporterName switch
        {
            null => "all transporters",
            "" => "the transporter without a key",
            _ => $"transporter \"{TransporterName}\"",
        };
        var what = (TransporterName, Lane) switch
        {
            (null, null) => "all emails",
            (_, null) => transporter,
            _ => $"{lane} of {transporter}",
        };
        return $"{what}{(By is null ? "" : $", by {By}")}{(Reason is null ? "" : $": {Reason}")}";
    }
}
