namespace SmtpTransport;

/// <summary>Which of several servers a mail goes to.</summary>
public enum ServerSelection
{
    /// <summary>The first; the next only where the one before it fails and nothing can have been delivered.</summary>
    Failover,

    /// <summary>Each in turn, so that they share the mails; the next where one fails and nothing can have been delivered.</summary>
    RoundRobin,
}
