namespace SmtpTransport;

/// <summary>Which delivery status notifications are asked for (RFC 3461, NOTIFY).</summary>
[Flags]
public enum DeliveryNotifications
{
    /// <summary>Nothing is asked: the servers do as they use to, which is to tell of failures. The default.</summary>
    Unspecified = 0,

    /// <summary>Tell when the mail was delivered.</summary>
    Success = 1,

    /// <summary>Tell when it could not be delivered.</summary>
    Failure = 2,

    /// <summary>Tell when it is late.</summary>
    Delay = 4,

    /// <summary>Tell nothing, not even a failure. Cannot be combined.</summary>
    Never = 8,
}
