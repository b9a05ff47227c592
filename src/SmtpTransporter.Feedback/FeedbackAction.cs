namespace SmtpTransport.Feedback;

/// <summary>What a mail server did with the message for one recipient (RFC 3464, section 2.3.3).</summary>
public enum FeedbackAction
{
    /// <summary>The message was not delivered, and no further attempt will be made. The default value.</summary>
    Failed,

    /// <summary>The message has not been delivered yet; the server goes on trying.</summary>
    Delayed,

    /// <summary>The message is in the recipient's mailbox.</summary>
    Delivered,

    /// <summary>The message was handed to a server that sends no reports: what became of it stays unknown.</summary>
    Relayed,

    /// <summary>The message was delivered to a list or alias, and sent on to its members.</summary>
    Expanded,
}
