namespace SmtpTransport.Feedback;

/// <summary>A message in a source.</summary>
/// <remarks>For one caller at a time.</remarks>
public sealed class FeedbackMessage
{
    private readonly Func<CancellationToken, Task<Stream>> _open;
    private readonly Func<CancellationToken, Task> _complete;

    /// <summary>Creates a message for a source of your own.</summary>
    /// <param name="id">What names the message in its source, the same after a restart.</param>
    /// <param name="open">Opens the message as it arrived.</param>
    /// <param name="complete">Marks it, so that it is not given again. It may be called again after a crash.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is empty.</exception>
    public FeedbackMessage(string id, Func<CancellationToken, Task<Stream>> open, Func<CancellationToken, Task> complete)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(complete);
        (Id, _open, _complete) = (id, open, complete);
    }

    /// <summary>What names the message in its source; it stays the same after a restart.</summary>
    public string Id { get; }

    /// <summary>Opens the message as it arrived.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The message, for <see cref="FeedbackReader.ReadAsync"/>. The caller disposes it.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Task<Stream> OpenAsync(CancellationToken cancellationToken = default) => _open(cancellationToken);

    /// <summary>Marks the message as done, so that it is not given again. Call it after what it says was recorded.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that completes as it is marked.</returns>
    /// <exception cref="IOException">It cannot be marked, and will be given again.</exception>
    public Task CompleteAsync(CancellationToken cancellationToken = default) => _complete(cancellationToken);
}
