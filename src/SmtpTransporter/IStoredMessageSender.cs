namespace SmtpTransport;

/// <summary>
/// Sends messages that were serialized before, such as those of a queue, exactly as they were stored. <see cref="SmtpTransporter"/>
/// implements it beside <see cref="ISmtpTransporter"/>.
/// </summary>
/// <remarks>Safe for concurrent callers. Delivery problems are results, as they are for <see cref="ISmtpTransporter"/>.</remarks>
public interface IStoredMessageSender
{
    /// <summary>Sends a stored message to the recipients of its envelope, unchanged.</summary>
    /// <param name="message">The message and its envelope.</param>
    /// <param name="cancellationToken">Cancels the send.</param>
    /// <returns>What became of the message.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The message has a <see cref="StoredMessage.BeforeEnvelope"/> or a <see cref="StoredMessage.BeforeTransmission"/>, which are
    /// asynchronous: use <see cref="SendAsync"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The transporter was disposed.</exception>
    /// <exception cref="SendCanceledException">
    /// The caller canceled the send; the exception carries what is known of the message.
    /// </exception>
    SendResult Send(StoredMessage message, CancellationToken cancellationToken = default);

    /// <summary>Sends a stored message to the recipients of its envelope, unchanged.</summary>
    /// <param name="message">The message and its envelope.</param>
    /// <param name="cancellationToken">Cancels the send.</param>
    /// <returns>What became of the message.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The transporter was disposed.</exception>
    /// <exception cref="SendCanceledException">
    /// The caller canceled the send; the exception carries what is known of the message.
    /// </exception>
    Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default);
}
