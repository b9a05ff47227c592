namespace SmtpTransport;

/// <summary>The delivery status notifications to request (RFC 3461, section 4.1, <c>NOTIFY</c>).</summary>
[Flags]
public enum DeliveryNotifications
{
    /// <summary>No preference; servers use their default, normally failure reports only. The default value.</summary>
    Unspecified = 0,

    /// <summary>Report a successful delivery.</summary>
    Success = 1,

    /// <summary>Report a failed delivery.</summary>
    Failure = 2,

    /// <summary>Report a delayed delivery.</summary>
    Delay = 4,

    /// <summary>Report nothing, not even a failure. It cannot be combined with the others.</summary>
    Never = 8,
}
