namespace SmtpTransport.Feedback;

/// <summary>What kind of failure a report describes.</summary>
public enum FeedbackCategory
{
    /// <summary>
    /// Another attempt may succeed, or the report does not say why the message was not delivered. The default value.
    /// </summary>
    Soft,

    /// <summary>The address or its domain does not exist, or takes no messages any more. Do not write to it again.</summary>
    Hard,

    /// <summary>The recipient's mailbox is full.</summary>
    MailboxFull,

    /// <summary>The recipient's server does not accept messages from the sending server, such as because of a block list.</summary>
    Blocked,

    /// <summary>The recipient's server refused this message: its contents, its size, its authentication, or a rule.</summary>
    Policy,

    /// <summary>Nothing failed.</summary>
    NotFailure,
}
