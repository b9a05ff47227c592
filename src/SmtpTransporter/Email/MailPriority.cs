namespace SmtpTransport;

/// <summary>
/// How urgent an email is: the header fields <c>Importance</c>, <c>Priority</c> (both RFC 2156) and <c>X-Priority</c>.
/// </summary>
public enum MailPriority
{
    /// <summary>None of the fields is written. The default value.</summary>
    Normal,

    /// <summary>Urgent: most mail clients show a mark.</summary>
    High,

    /// <summary>Not urgent.</summary>
    Low,
}
