namespace SmtpTransport.Outbox;

/// <summary>What came back about a recipient. A later value counts for more: a late <see cref="Delivered"/> covers no bounce.</summary>
public enum RecipientReportKind
{
    /// <summary>The report does not say it, such as one that names no recipient. The default value.</summary>
    Unknown,

    /// <summary>The message has not been delivered yet; the server that has it goes on trying.</summary>
    Delayed,

    /// <summary>The message went on to a server that sends no reports, or to the members of a list (RFC 3464, section 2.3.3).</summary>
    Relayed,

    /// <summary>The message is in the recipient's mailbox.</summary>
    Delivered,

    /// <summary>The message was finally not delivered. <see cref="RecipientReport.Category"/> says of which kind that is.</summary>
    Bounced,

    /// <summary>The recipient wants no further emails.</summary>
    Unsubscribed,

    /// <summary>The recipient has complained, such as by a button "spam" (RFC 5965).</summary>
    Complained,
}
