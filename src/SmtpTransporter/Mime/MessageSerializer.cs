namespace SmtpTransport;

/// <summary>
/// Serializes a message once, however often it is attempted, and owns both the message and its bytes. Not safe for concurrent use.
/// </summary>
internal sealed class MessageSerializer(MessageContent content) : IDisposable
{
    private SerializedMessage? _serialized;
    private bool _isSevenBit;
    private long? _written;

    public MessageContent Content => content;

    /// <summary>The size of the serialized message in bytes; null as long as it is not known.</summary>
    public long? Size => _serialized is { IsMeasured: true } known ? known.Size : _written;

    /// <summary>Returns the message as bytes, which exist until the message is disposed or serialized differently.</summary>
    /// <param name="async">Whether attachments are read without blocking a thread.</param>
    /// <param name="sevenBit">Whether the server lacks 8BITMIME.</param>
    /// <param name="measure">Whether the size is needed even if the message is too large to be held.</param>
    /// <param name="cancellationToken">Cancels reading the attachments.</param>
    /// <exception cref="EmailContentException">The message cannot be written, or an attachment cannot be read.</exception>
    public ValueTask<SerializedMessage> SerializeAsync(bool async, bool sevenBit, bool measure, CancellationToken cancellationToken)
    {
        return _serialized is { } known && (!sevenBit || _isSevenBit || !known.IsEightBit) && (known.IsMeasured || !measure)
            ? new ValueTask<SerializedMessage>(known)
            : CreateAsync();

        async ValueTask<SerializedMessage> CreateAsync()
        {
            _serialized?.Dispose();
            _serialized = null;
            _isSevenBit = sevenBit;
            _serialized = await SerializedMessage.CreateAsync(async, content, sevenBit, measure, cancellationToken).ConfigureAwait(false);
            return _serialized;
        }
    }

    /// <summary>Writes the message as it was serialized last, if it is too large to be held.</summary>
    /// <param name="async">Whether to read and write without blocking a thread.</param>
    /// <param name="target">Receives the bytes.</param>
    /// <param name="cancellationToken">Cancels reading and writing.</param>
    /// <exception cref="EmailContentException">An attachment cannot be read.</exception>
    public ValueTask WriteAsync(bool async, IMessageTarget target, CancellationToken cancellationToken) =>
        content.WriteAsync(async, target, _isSevenBit, cancellationToken);

    /// <summary>Takes the size of a message that was too large to be held, once it was written to its end.</summary>
    public void SetWrittenSize(long size) => _written = size;

    public void Dispose()
    {
        _serialized?.Dispose();
        content.Dispose();
    }
}
