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

    /// <summary>Waits until there may be messages that <see cref="ReadAsync"/> has not seen, or until a time is over.</summary>
    /// <remarks>
    /// Call it after <see cref="ReadAsync"/> has ended, in turn with it. A source that is not told of new messages waits until the time is
    /// over; that is what it does if a class does not implement it.
    /// </remarks>
    /// <param name="limit">How long it waits at most; not negative.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <returns>A task that completes as the next look is due.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is negative, or longer than 49 days.</exception>
    /// <exception cref="IOException">The place is not there any more. The next look may find it again.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        return Task.Delay(limit, cancellationToken);
    }
}
