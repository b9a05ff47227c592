namespace SmtpTransport;

/// <summary>How long each step of a connection took; zero for a step that was not made. Immutable.</summary>
public sealed record ConnectionTimings
{
    /// <summary>Finding the addresses of the host name.</summary>
    public TimeSpan Resolve { get; init; }

    /// <summary>Connecting to one of them.</summary>
    public TimeSpan Connect { get; init; }

    /// <summary>Waiting for the greeting.</summary>
    public TimeSpan Greeting { get; init; }

    /// <summary>The TLS handshake.</summary>
    public TimeSpan Tls { get; init; }

    /// <summary>The login.</summary>
    public TimeSpan Authenticate { get; init; }

    /// <summary>NOOP and its reply.</summary>
    public TimeSpan Check { get; init; }

    /// <summary>Everything, the parts between the steps included.</summary>
    public TimeSpan Total { get; init; }
}
