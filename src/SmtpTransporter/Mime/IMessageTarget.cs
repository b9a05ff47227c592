namespace SmtpTransport;

/// <summary>Receives the bytes of a message in the order in which they are written.</summary>
internal interface IMessageTarget
{
    /// <summary>Writes bytes that the caller may overwrite afterwards.</summary>
    /// <param name="async">Whether to wait without blocking a thread; if false, the call completes before it returns.</param>
    /// <param name="bytes">The next bytes of the message.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// Writes bytes that do not change as long as the message exists: a target that holds the message refers to them instead of copying them.
    /// </summary>
    /// <param name="async">As for <see cref="WriteAsync"/>.</param>
    /// <param name="bytes">The next bytes of the message.</param>
    /// <param name="isEightBit">Whether one of them may be above 127.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    ValueTask WriteSharedAsync(bool async, ReadOnlyMemory<byte> bytes, bool isEightBit, CancellationToken cancellationToken);

    /// <summary>
    /// Offers the length of an attachment in base64 before the attachment is read. A target that only needs to count the bytes does so and returns
    /// true; the attachment must then not be written.
    /// </summary>
    /// <param name="length">The length in bytes: ASCII, and whole lines.</param>
    bool TrySkip(long length);
}
