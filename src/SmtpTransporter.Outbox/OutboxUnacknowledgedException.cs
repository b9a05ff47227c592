namespace SmtpTransport.Outbox;

/// <summary>A decision is stored and carried out, but a worker that lives has not acknowledged it within a minute.</summary>
/// <remarks>
/// That worker hangs, and may still begin emails that the decision takes from it; it does not send their last bytes. The same call may be
/// repeated, and waits again.
/// </remarks>
/// <param name="message">Which worker, and what to do.</param>
public sealed class OutboxUnacknowledgedException(string message) : TimeoutException(message);
