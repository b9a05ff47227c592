namespace SmtpTransport.Outbox;

/// <summary>
/// An email that a worker holds. Every change by the worker names the token and the generation: if another worker, or a person, has changed
/// the email meanwhile, it changes nothing.
/// </summary>
/// <param name="Row">The email as it was claimed.</param>
/// <param name="Token">The worker's token at that time.</param>
/// <param name="Message">The part of the message in its own row; null if it is large, and read when it is needed.</param>
internal sealed record Claim(EmailRow Row, string Token, byte[]? Message)
{
    private volatile bool _isRevoked;
    private volatile bool _hasBegun;
    private int _mustLook;

    /// <summary>Whether the suppression list had any entry at the time of the claim.</summary>
    public bool MayBeSuppressed { get; init; }

    /// <summary>Whether the worker does not hold it any more: a person has decided about it, or another worker has taken it.</summary>
    public bool IsRevoked => _isRevoked;

    /// <summary>
    /// Whether something was decided since the worker last looked at the suppression list for it: that takes no email away whose message
    /// may be on its way.
    /// </summary>
    public bool MustLook => Volatile.Read(ref _mustLook) != 0;

    /// <summary>Whether a transaction of this attempt has begun: what it took from quotas is used.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>What this attempt has taken from quotas; null for nothing. Only the one that sends it uses that.</summary>
    public QuotaAnswer? Taken { get; set; }

    /// <summary>When it took that, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long TakenAt { get; set; }

    public void Begin() => _hasBegun = true;

    public void Revoke() => _isRevoked = true;

    public void LookAgain() => Volatile.Write(ref _mustLook, 1);

    /// <summary>The caller looks now.</summary>
    /// <returns>Whether it must.</returns>
    public bool TakeLook() => Interlocked.Exchange(ref _mustLook, 0) != 0;
}
