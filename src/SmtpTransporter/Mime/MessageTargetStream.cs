namespace SmtpTransport;

/// <summary>A target as a stream, because MimeKit writes to streams only. What no server may get is refused.</summary>
internal sealed class MessageTargetStream(IMessageTarget target) : WriteOnlyStream
{
    private readonly LineEndGuard _guard = new();

    /// <summary>Checks the end of the message.</summary>
    /// <exception cref="EmailContentException">The message ends in a bare CR.</exception>
    public void End() => _guard.End();

    /// <inheritdoc/>
    /// <exception cref="EmailContentException">The message has a bare CR, a bare LF or NUL.</exception>
    protected override ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _guard.Check(bytes.Span);
        return target.WriteAsync(async, bytes, cancellationToken);
    }
}
