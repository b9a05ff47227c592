using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

/// <summary>
/// Sends mail: what an application injects, and fakes in its tests (<see cref="SendResult.Create"/>). No problem of the server, the network,
/// TLS, the login, a file or the message throws: all of them are results. What throws: a null argument, use after dispose
/// (<see cref="ObjectDisposedException"/>), and the caller's own cancellation (<see cref="SendCanceledException"/>, an
/// <see cref="OperationCanceledException"/>). Safe for concurrent callers.
/// </summary>
public interface ISmtpTransporter : IDisposable, IAsyncDisposable
{
    /// <summary>Sends a mail, and returns what became of it.</summary>
    /// <param name="email">The mail. It is not changed.</param>
    /// <param name="cancellationToken">Ends the send.</param>
    SendResult Send(Email email, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends a MIME message to its To, Cc and Bcc; the Bcc header is not written. The message is used as it is: MailKit may change its
    /// transfer encodings to what the server takes, so do not use it elsewhere at the same time.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the send.</param>
    SendResult Send(MimeMessage message, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Send(Email, CancellationToken)"/>
    Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Send(MimeMessage, CancellationToken)"/>
    Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends a sequence of mails of any length in constant memory, over all connections at once, and gives the result of each as it comes, with its
    /// index. It reads no further ahead than twice <see cref="ServerOptions.MaxConnections"/>, and waits for results to be taken. Cancelled, or where
    /// the sequence throws, it first gives the results of all mails that were begun, and then throws; what was not begun was not sent. Left early
    /// (<c>break</c>), it still ends what is under way.
    /// </summary>
    /// <param name="emails">The mails. None is changed; it is read once, from one thread at a time.</param>
    /// <param name="progress">Told after each result. What it throws ends the sequence like the caller's own code.</param>
    /// <param name="cancellationToken">Ends the sequence.</param>
    IAsyncEnumerable<SendManyResult> SendManyAsync(IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SendManyAsync(IEnumerable{Email}, IProgress{SendProgress}, CancellationToken)"/>
    IAsyncEnumerable<SendManyResult> SendManyAsync(IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Connects (again, if the connection was lost), upgrades to TLS, logs in, and asks with NOOP. Sends no mail. Ends within
    /// <see cref="ServerOptions.ConnectionTimeout"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the check.</param>
    ConnectionStatus CheckConnection(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="CheckConnection"/>
    Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default);
}
