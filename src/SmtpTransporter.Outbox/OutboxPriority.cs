namespace SmtpTransport.Outbox;

/// <summary>Which mail goes first where several are due.</summary>
public enum OutboxPriority
{
    /// <summary>What is due is sent in its order: receipts, alerts. The default.</summary>
    Normal,

    /// <summary>Before all others: passwords, codes.</summary>
    High,

    /// <summary>After all others: newsletters.</summary>
    Low,
}
