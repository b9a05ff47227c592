using System.Text.Json.Serialization;

namespace SmtpTransport.Tool;

/// <summary>A line of a ledger. Immutable.</summary>
internal sealed record LedgerEntry
{
    /// <summary>The time at which it was written.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Of the first line: what is sent.</summary>
    public LedgerOrigin? Origin { get; init; }

    /// <summary>The address.</summary>
    public string? Address { get; init; }

    /// <summary>The Message-ID, with which the server's log can be searched.</summary>
    public string? MessageId { get; init; }

    /// <summary>What became of the email for this address; null from the moment on from which it may be delivered.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>The server's reply, or the error.</summary>
    public string? Reply { get; init; }

    /// <summary>Whether the address has it.</summary>
    [JsonIgnore]
    public bool IsSent => Outcome is SmtpTransport.Outcome.Accepted;

    /// <summary>Whether the address may have it, and nobody knows.</summary>
    [JsonIgnore]
    public bool IsInDoubt => Outcome is null or SmtpTransport.Outcome.Unknown;
}
