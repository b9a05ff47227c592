using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

/// <summary>
/// A transporter that passes every call on to another one: the base class of decorators, which override what they change.
/// </summary>
/// <remarks>
/// The members do not call one another: to act on every send, override each of them, or use a <see cref="SendHandler"/>, which sees all.
/// Stored messages can be sent if the inner transporter can. Safe for concurrent callers, as the inner one is.
/// </remarks>
/// <param name="inner">The transporter that sends. It is disposed with this one.</param>
/// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
public abstract class DelegatingSmtpTransporter(ISmtpTransporter inner) : ISmtpTransporter, IStoredMessageSender
{
    /// <summary>The transporter that sends.</summary>
    protected ISmtpTransporter Inner { get; } = inner ?? throw new ArgumentNullException(nameof(inner));

    private IStoredMessageSender StoredMessageSender => Inner as IStoredMessageSender
        ?? throw new NotSupportedException(
            $"{Inner.GetType().Name} does not send stored messages: it is no {nameof(IStoredMessageSender)}.");

    /// <inheritdoc/>
    public virtual SendResult Send(Email email, CancellationToken cancellationToken = default) => Inner.Send(email, cancellationToken);

    /// <inheritdoc/>
    public virtual SendResult Send(MimeMessage message, CancellationToken cancellationToken = default) =>
        Inner.Send(message, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The inner transporter does not send stored messages.</exception>
    public virtual SendResult Send(StoredMessage message, CancellationToken cancellationToken = default) =>
        StoredMessageSender.Send(message, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default) =>
        Inner.SendAsync(email, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default) =>
        Inner.SendAsync(message, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The inner transporter does not send stored messages.</exception>
    public virtual Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default) =>
        StoredMessageSender.SendAsync(message, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Inner.SendManyAsync(emails, progress, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Inner.SendManyAsync(emails, progress, cancellationToken);

    /// <inheritdoc/>
    public virtual ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) =>
        Inner.CheckConnection(cancellationToken);

    /// <inheritdoc/>
    public virtual Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) =>
        Inner.CheckConnectionAsync(cancellationToken);

    /// <summary>Disposes the inner transporter.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    public async ValueTask DisposeAsync()
    {
        await DisposeAsyncCore().ConfigureAwait(false);
        Dispose(disposing: false);
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Disposes the inner transporter. A decorator that owns more overrides this and <see cref="Dispose(bool)"/>, each for its way to
    /// dispose.
    /// </summary>
    /// <returns>A task that ends when all is disposed.</returns>
    protected virtual ValueTask DisposeAsyncCore() => Inner.DisposeAsync();

    /// <summary>Disposes the inner transporter.</summary>
    /// <param name="disposing">
    /// True if called from <see cref="Dispose()"/>; false behind <see cref="DisposeAsyncCore"/>, which has disposed everything.
    /// </param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            Inner.Dispose();
    }
}
