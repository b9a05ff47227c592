namespace SmtpTransport.Feedback;

/// <summary>Where emails come back: a folder, or a mailbox.</summary>
/// <remarks>
/// A message is given until it is completed, after a restart, too: at least once. Its <see cref="FeedbackMessage.Id"/> stays the same, so
/// that what it says can be recorded once. One reader at a time.
/// </remarks>
public interface IFeedbackSource
{
    /// <summary>Gives the messages that are there and not completed, the oldest first, and ends.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The messages. What is not completed comes again with the next call.</returns>
    /// <exception cref="IOException">The place cannot be read.</exception>
    IAsyncEnumerable<FeedbackMessage> ReadAsync(CancellationToken cancellationToken = default);
}
