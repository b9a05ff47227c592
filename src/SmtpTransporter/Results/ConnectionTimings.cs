namespace SmtpTransport;

/// <summary>How long each step of opening a connection took; <see cref="TimeSpan.Zero"/> for a step that was not performed.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record ConnectionTimings
{
    /// <summary>The time to resolve the host name.</summary>
    public TimeSpan Resolve { get; init; }

    /// <summary>The time to establish the TCP connection to one of the host's addresses.</summary>
    public TimeSpan Connect { get; init; }

    /// <summary>The time until the server's greeting had arrived (RFC 5321, section 3.1).</summary>
    public TimeSpan Greeting { get; init; }

    /// <summary>The time of the TLS handshake.</summary>
    public TimeSpan Tls { get; init; }

    /// <summary>The time to authenticate, including that to get an access token.</summary>
    public TimeSpan Authenticate { get; init; }

    /// <summary>The time of NOOP and its reply.</summary>
    public TimeSpan Check { get; init; }

    /// <summary>The time of the whole check, including what lies between the steps.</summary>
    public TimeSpan Total { get; init; }
}
