namespace SmtpTransport.Outbox;

/// <summary>What is to be done with a mail of which it is not known whether it was delivered.</summary>
public enum UnknownDecision
{
    /// <summary>It stays parked until a person decides.</summary>
    Park,

    /// <summary>It is sent again, and may arrive twice: after the wait of its next try, and only while <see cref="OutboxOptions.ExpireAfter"/> is not over; then it stays parked.</summary>
    Resend,

    /// <summary>It is not sent again, and may never have arrived.</summary>
    Discard,
}
