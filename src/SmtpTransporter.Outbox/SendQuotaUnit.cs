namespace SmtpTransport.Outbox;

/// <summary>What a <see cref="SendQuota"/> counts.</summary>
public enum SendQuotaUnit
{
    /// <summary>Messages: one for each transaction, whatever the number of its recipients.</summary>
    Messages,

    /// <summary>Recipients: each address of each message, also if it occurs in several.</summary>
    Recipients,

    /// <summary>Recipients whose domain is none of <see cref="SendQuota.OwnDomains"/>.</summary>
    ExternalRecipients,
}
