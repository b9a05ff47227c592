namespace SmtpTransport.Outbox;

/// <summary>What to do with an email whose delivery status is unknown.</summary>
public enum UnknownDecision
{
    /// <summary>The email stays parked until a person decides. The default.</summary>
    Park,

    /// <summary>
    /// The email is sent again after the delay of its next attempt, and may arrive twice. If <see cref="OutboxOptions.ExpireAfter"/> has
    /// elapsed, it stays parked.
    /// </summary>
    Resend,

    /// <summary>The email is not sent again, and may never have arrived.</summary>
    Discard,
}
