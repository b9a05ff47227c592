namespace SmtpTransport;

/// <summary>Thrown when the caller cancels a send; it carries what is known of the email.</summary>
/// <remarks>
/// <see cref="Result"/> is <see cref="Outcome.NotSent"/> if nothing can have been delivered, and <see cref="Outcome.Unknown"/> if the whole
/// message was transmitted and the server had not yet replied. It is an <see cref="OperationCanceledException"/> with the caller's token,
/// so code that handles cancellation needs no change.
/// </remarks>
public sealed class SendCanceledException : OperationCanceledException
{
    internal SendCanceledException(SendResult result, CancellationToken token)
        : base(
            result.Outcome == Outcome.Unknown
                ? "The send was canceled after the whole message was transmitted and before the server replied: it may have been delivered."
                : "The send was canceled before the server could accept the message: nothing was delivered.",
            token) =>
        Result = result;

    /// <summary>What was known of the email when the send was canceled.</summary>
    public SendResult Result { get; }
}
