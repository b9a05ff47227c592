namespace SmtpTransport;

/// <summary>How long each part of a send took; <see cref="TimeSpan.Zero"/> for a part that was not performed.</summary>
/// <remarks>
/// <see cref="SendResult.Elapsed"/> is the time of the whole, including what lies between the parts: making and signing the message, and
/// pauses. After a failover the parts are those of the last server. Immutable.
/// </remarks>
public readonly record struct SendTimings
{
    /// <summary>The wait for the rate limits and for a connection of the pool.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>The opening of a new connection, the last one if there were several; null if a kept one was used.</summary>
    public ConnectionTimings? Connection { get; init; }

    /// <summary>The commands before the message, and the waits for their replies, in all transactions of the message.</summary>
    public TimeSpan Envelope { get; init; }

    /// <summary>Writing the message.</summary>
    public TimeSpan Message { get; init; }

    /// <summary>The wait for the reply to the message.</summary>
    /// <remarks>
    /// If the server offers PIPELINING and CHUNKING, a small message follows its commands at once: the replies to these are waited for
    /// behind it, and count here.
    /// </remarks>
    public TimeSpan Reply { get; init; }
}
