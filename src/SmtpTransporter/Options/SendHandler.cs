namespace SmtpTransport;

/// <summary>
/// Acts before, around and after every send of a transporter; see <see cref="ServerOptions.Handlers"/>. Override what is needed.
/// </summary>
/// <remarks>
/// <para>
/// The first handler of the list is the outermost. For each, <see cref="OnSending"/> comes first, then <see cref="Send"/> or
/// <see cref="SendAsync"/>, which call the next one, and then <see cref="OnSent"/> or <see cref="OnFailed"/>. They are called for each
/// email of <see cref="ISmtpTransporter.SendManyAsync(IEnumerable{Email}, IProgress{SendProgress}, CancellationToken)"/> too.
/// </para>
/// <para>
/// Synchronous sends call <see cref="Send"/> alone, and asynchronous ones, with those of a sequence and of the outbox,
/// <see cref="SendAsync"/> alone: a handler that overrides only one of them is passed over by the other kind of send. Override both, unless
/// the application has but one kind. <see cref="OnSending"/>, <see cref="OnSent"/> and <see cref="OnFailed"/> are called in both.
/// </para>
/// <para>
/// What a handler throws never loses a result: before the send, it is the error <see cref="SmtpErrorCodes.CallbackFailed"/>, and nothing
/// is sent; during it, the transporter waits for the end of the send; then, and after it, the result stands and has a warning with this
/// code. A handler that has returned can no longer call the next one. <see cref="ServerOptions.SendTimeout"/> does not limit handlers.
/// A handler is called from several threads at once.
/// </para>
/// </remarks>
public abstract class SendHandler
{
    /// <summary>Called before the send. By default it changes nothing.</summary>
    /// <param name="request">What is to be sent.</param>
    /// <returns>What to send instead, or the same.</returns>
    public virtual SendRequest OnSending(SendRequest request) => request;

    /// <summary>Called around a synchronous send. By default it calls the next handler.</summary>
    /// <param name="request">What is to be sent.</param>
    /// <param name="next">Sends it. A handler that does not call it sends nothing, and returns a result of its own.</param>
    /// <returns>What became of it: what <paramref name="next"/> returned, or another result.</returns>
    public virtual SendResult Send(SendRequest request, Func<SendRequest, SendResult> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next(request);
    }

    /// <summary>Called around an asynchronous send. By default it calls the next handler.</summary>
    /// <param name="request">What is to be sent.</param>
    /// <param name="next">Sends it. A handler that does not call it sends nothing, and returns a result of its own.</param>
    /// <returns>What became of it: what <paramref name="next"/> returned, or another result.</returns>
    public virtual Task<SendResult> SendAsync(SendRequest request, Func<SendRequest, Task<SendResult>> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next(request);
    }

    /// <summary>Called after a send that the server accepted for every recipient. By default it does nothing.</summary>
    /// <param name="request">What was sent.</param>
    /// <param name="result">What became of it.</param>
    public virtual void OnSent(SendRequest request, SendResult result)
    {
    }

    /// <summary>
    /// Called after a send with any other outcome, also if the caller canceled it. By default it does nothing.
    /// </summary>
    /// <param name="request">What was to be sent.</param>
    /// <param name="result">What became of it.</param>
    public virtual void OnFailed(SendRequest request, SendResult result)
    {
    }
}
