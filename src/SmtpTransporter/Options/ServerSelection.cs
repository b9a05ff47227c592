namespace SmtpTransport;

/// <summary>Which of several servers an email is sent to.</summary>
public enum ServerSelection
{
    /// <summary>The first server; the next one only if the first fails and the email cannot have been delivered.</summary>
    Failover,

    /// <summary>Each server in turn; the next one if a server fails and the email cannot have been delivered.</summary>
    RoundRobin,
}
