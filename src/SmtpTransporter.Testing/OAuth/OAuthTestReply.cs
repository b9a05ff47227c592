namespace SmtpTransport.Testing;

/// <summary>How an <see cref="OAuthTestServer"/> answers one request for a token. Immutable.</summary>
public sealed record OAuthTestReply
{
    /// <summary>The status. Default: 200.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The body. Default: null, for the error if there is one, or else for what the server answers without a script.</summary>
    public string? Body { get; init; }

    /// <summary>The error code (RFC 6749, section 5.2). Default: null, for none.</summary>
    public string? Error { get; init; }

    /// <summary>The description of the error. Default: null, for none.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary>The value of Retry-After. Default: null, for none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The value of Date. Default: null, for the server's time.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>What the answer waits for, such as a task that never ends. Default: null, for nothing.</summary>
    public Task? Gate { get; init; }
}
