namespace SmtpTransport.Outbox;

/// <summary>A decision is stored, but a worker that lives has not acknowledged it.</summary>
internal sealed class UnacknowledgedException(string message) : TimeoutException(message)
{
    /// <summary>How many emails were changed.</summary>
    public int Changed { get; set; }
}
