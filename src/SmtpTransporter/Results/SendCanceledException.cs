namespace SmtpTransport;

/// <summary>
/// The caller's own cancellation of a send, with what is known of the mail: <see cref="Outcome.NotSent"/>, or
/// <see cref="Outcome.Unknown"/> where the whole message was out and the server's reply was not yet there.
/// </summary>
public sealed class SendCanceledException : OperationCanceledException
{
    internal SendCanceledException(SendResult result, CancellationToken token)
        : base(
            result.Outcome == Outcome.Unknown
                ? "The send was cancelled after the whole message was sent and before the server replied: the mail may have been delivered."
                : "The send was cancelled before the server could take the message: nothing was delivered.",
            token) =>
        Result = result;

    /// <summary>What was known of the mail when the send was cancelled.</summary>
    public SendResult Result { get; }
}
