using System.Text.Json.Serialization;
using System.Threading.RateLimiting;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    // The timers of .NET take no more.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(24);

    /// <summary>The hard limit for resolving, connecting, greeting, TLS and authentication together. Default 30 s.</summary>
    /// <remarks>
    /// More than zero, at most 24 days. It begins when the connection is begun, not while the first login over another connection is
    /// awaited; <see cref="SendTimeout"/> bounds both.
    /// </remarks>
    public TimeSpan ConnectionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The hard limit for an entire send, including the wait for a connection and for rate limits. Default 100 s.</summary>
    /// <remarks>
    /// More than zero, at most 24 days. One thing can exceed it: an attachment's stream, or its file on a network drive, that blocks in
    /// a read. A synchronous send cannot interrupt such a read, and ends after it; an asynchronous one ends in time if the stream
    /// observes its cancellation token.
    /// </remarks>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a connection may be idle and still be used. Default 60 s, which is below the usual limit of servers.</summary>
    /// <remarks>More than zero, at most 24 days.</remarks>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many connections concurrent sends may open at most. Default 3; 1 to 1,000.</summary>
    /// <remarks>A connection is opened only when it is needed.</remarks>
    public int MaxConnections { get; init; } = 3;

    /// <summary>How many messages are sent over a connection before it is replaced. Default 100; at least 1.</summary>
    /// <remarks>
    /// The default is below the usual limit of servers. A lower limit that the server announces (MAILMAX, RFC 9422) is observed too.
    /// </remarks>
    public int MaxMessagesPerConnection { get; init; } = 100;

    /// <summary>
    /// Limits how many emails are sent in a period: one permit for each email, over all connections. Default null: no limit.
    /// </summary>
    /// <remarks>
    /// A send waits for its permit within <see cref="SendTimeout"/>. If the limiter refuses it or the time is over, the result is <see
    /// cref="Outcome.NotSent"/> with <see cref="SmtpErrorCodes.RateLimited"/>. Give the limiter a queue (<c>QueueLimit</c>); without one
    /// it refuses immediately. Several transporters may share it, and none disposes it.
    /// </remarks>
    [JsonIgnore]
    public RateLimiter? MessageRate { get; init; }

    /// <summary>As <see cref="MessageRate"/>, with one permit for each recipient of the envelope. Default null: no limit.</summary>
    [JsonIgnore]
    public RateLimiter? RecipientRate { get; init; }

    /// <summary>As <see cref="RecipientRate"/>, separately for each domain of recipients (in lower case). Default null: no limit.</summary>
    [JsonIgnore]
    public PartitionedRateLimiter<string>? RecipientDomainRate { get; init; }

    internal static IEnumerable<OptionDescriptor> LimitOptions =>
    [
        new ValueOption<TimeSpan>(nameof(ConnectionTimeout), o => o.ConnectionTimeout, (o, v) => o with { ConnectionTimeout = v })
        {
            UrlKey = "connectionTimeout",
            Parse = OptionParsers.Time,
            Check = o => CheckTimeout(o.ConnectionTimeout),
        },
        new ValueOption<TimeSpan>(nameof(SendTimeout), o => o.SendTimeout, (o, v) => o with { SendTimeout = v })
        {
            UrlKey = "sendTimeout",
            Parse = OptionParsers.Time,
            Check = o => CheckTimeout(o.SendTimeout),
        },
        new ValueOption<TimeSpan>(nameof(IdleTimeout), o => o.IdleTimeout, (o, v) => o with { IdleTimeout = v })
        {
            UrlKey = "idleTimeout",
            Parse = OptionParsers.Time,
            Check = o => CheckTimeout(o.IdleTimeout),
        },
        new ValueOption<int>(nameof(MaxConnections), o => o.MaxConnections, (o, v) => o with { MaxConnections = v })
        {
            UrlKey = "maxConnections",
            Parse = OptionParsers.WholeNumber,
            Check = o => o.MaxConnections is >= 1 and <= 1000 ? null : "1 to 1,000 connections",
        },
        new ValueOption<int>(
            nameof(MaxMessagesPerConnection), o => o.MaxMessagesPerConnection, (o, v) => o with { MaxMessagesPerConnection = v })
        {
            UrlKey = "maxMessagesPerConnection",
            Parse = OptionParsers.WholeNumber,
            Check = o => o.MaxMessagesPerConnection >= 1 ? null : "1 or more",
        },
        new ValueOption<RateLimiter?>(nameof(MessageRate), o => o.MessageRate, (o, v) => o with { MessageRate = v })
        {
            Print = _ => "set",
        },
        new ValueOption<RateLimiter?>(nameof(RecipientRate), o => o.RecipientRate, (o, v) => o with { RecipientRate = v })
        {
            Print = _ => "set",
        },
        new ValueOption<PartitionedRateLimiter<string>?>(
            nameof(RecipientDomainRate), o => o.RecipientDomainRate, (o, v) => o with { RecipientDomainRate = v })
        {
            Print = _ => "set",
        },
    ];

    private static string? CheckTimeout(TimeSpan value) =>
        value > TimeSpan.Zero && value <= MaxTimeout ? null : "more than zero and at most 24 days";
}
