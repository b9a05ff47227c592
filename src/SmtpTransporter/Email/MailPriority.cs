namespace SmtpTransport;

/// <summary>How urgent a mail is, as <c>Importance</c> (RFC 2156), <c>Priority</c> and <c>X-Priority</c> say it.</summary>
public enum MailPriority
{
    /// <summary>Nothing is written. The default.</summary>
    Normal,

    /// <summary>Urgent: shown with a mark by most programs.</summary>
    High,

    /// <summary>Not urgent.</summary>
    Low,
}
