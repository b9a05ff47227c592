namespace SmtpTransport.Outbox;

/// <summary>Which email is sent first if several are due; a higher value goes first.</summary>
public enum OutboxPriority
{
    /// <summary>After all others: newsletters.</summary>
    Low = -1,

    /// <summary>In the order of the due times: receipts, alerts. The default.</summary>
    Normal = 0,

    /// <summary>Before all others: passwords, codes.</summary>
    High = 1,
}
