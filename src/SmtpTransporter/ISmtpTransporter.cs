using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

/// <summary>Sends email: the interface that an application injects, and fakes in its tests (<see cref="SendResult.Create"/>).</summary>
/// <remarks>
/// Safe for concurrent callers. Delivery problems never throw: a problem of the server, the network, TLS, the authentication, a file or the
/// message is a result. What throws is a null argument, use after dispose, and the caller's own cancellation.
/// </remarks>
public interface ISmtpTransporter : IDisposable, IAsyncDisposable
{
    /// <summary>Sends an email and returns what became of it.</summary>
    /// <param name="email">The email. It is not changed.</param>
    /// <param name="cancellationToken">Cancels the send.</param>
    /// <returns>What became of the email.</returns>
    /// <remarks>It completes within <see cref="ServerOptions.SendTimeout"/>, including the time that it waits for a connection.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The transporter was disposed.</exception>
    /// <exception cref="SendCanceledException">The caller canceled the send; the exception carries what is known of the email.</exception>
    SendResult Send(Email email, CancellationToken cancellationToken = default);

    /// <summary>Sends a MIME message to its To, Cc and Bcc addresses, and returns what became of it.</summary>
    /// <param name="message">The message. It is the same afterwards. Do not change it meanwhile.</param>
    /// <param name="cancellationToken">Cancels the send.</param>
    /// <returns>What became of the message.</returns>
    /// <remarks>
    /// <para>
    /// If the message has resent fields, its most recent set of them is the envelope (RFC 5322, section 3.6.6): it goes to Resent-To,
    /// Resent-Cc and Resent-Bcc, and bounces go to Resent-Sender or Resent-From. To send it to other recipients than it shows, use
    /// <see cref="StoredMessage.FromMimeMessage"/>.
    /// </para>
    /// <para>
    /// Sends of the same object wait for one another. To send it to several servers at the same time, send
    /// <see cref="StoredMessage.FromMimeMessage"/>.
    /// </para>
    /// <para>Neither Bcc nor Resent-Bcc is written. It completes within <see cref="ServerOptions.SendTimeout"/>.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The transporter was disposed.</exception>
    /// <exception cref="SendCanceledException">
    /// The caller canceled the send; the exception carries what is known of the message.
    /// </exception>
    SendResult Send(MimeMessage message, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Send(Email, CancellationToken)"/>
    Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Send(MimeMessage, CancellationToken)"/>
    Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default);

    /// <summary>Sends a sequence of emails over several connections, and yields the result of each as it completes.</summary>
    /// <param name="emails">The emails. They are not changed. The sequence is read once, by one thread at a time.</param>
    /// <param name="progress">Receives a report after each result. An exception that it throws ends the sequence. Default none.</param>
    /// <param name="cancellationToken">Cancels the sequence.</param>
    /// <returns>A result with the email's index for each email, in the order in which they complete.</returns>
    /// <remarks>
    /// The sequence may have any length: memory does not grow with it. At most two emails, and <see cref="ServerOptions.Overlap"/> more,
    /// are read ahead for each of the <see cref="ServerOptions.MaxConnections"/>, and sending waits until results are consumed. If it is
    /// canceled, or if reading <paramref name="emails"/> throws, it first yields the results of all emails already started and then throws;
    /// the rest were not sent. If the caller leaves the loop early, the emails already started are still completed.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="emails"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The transporter was disposed.</exception>
    /// <exception cref="OperationCanceledException">The caller canceled the sequence; thrown after the last result.</exception>
    IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SendManyAsync(IEnumerable{Email}, IProgress{SendProgress}, CancellationToken)"/>
    IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Checks that the server can be used: connects, upgrades to TLS, authenticates, and sends NOOP. It sends no email.</summary>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <returns>Whether the server can be used, and what the check found.</returns>
    /// <remarks>
    /// It completes within <see cref="ServerOptions.ConnectionTimeout"/>. An open connection is used again; one that was lost is replaced.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The transporter was disposed.</exception>
    /// <exception cref="OperationCanceledException">The caller canceled the check.</exception>
    ConnectionStatus CheckConnection(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="CheckConnection"/>
    Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default);
}
