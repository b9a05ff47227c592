namespace SmtpTransport;

/// <summary>Why an address gets no emails.</summary>
public enum SuppressionReason
{
    /// <summary>Somebody decided so.</summary>
    Manual,

    /// <summary>A server reported that an email could not be delivered, and never can be.</summary>
    HardBounce,

    /// <summary>The recipient reported an email as unwanted.</summary>
    Complaint,

    /// <summary>The recipient unsubscribed.</summary>
    Unsubscribe,
}
