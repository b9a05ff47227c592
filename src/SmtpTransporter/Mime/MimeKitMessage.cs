using MimeKit;

namespace SmtpTransport;

/// <summary>A message that is an object of MimeKit's: a caller's own, or one that was signed or encrypted.</summary>
internal sealed class MimeKitMessage : MessageContent
{
    private readonly MimeMessage _message;
    private readonly FormatOptions _format;
    private readonly IDisposable? _owned;
    private readonly bool _isFinal;
    private MimeMessage? _copy;

    /// <param name="message">A caller's message. It is the same again after each use.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="use">Ended when this is disposed. Null if nobody else has the message.</param>
    public MimeKitMessage(MimeMessage message, FormatOptions format, MimeMessageUse? use = null) =>
        (_message, _format, _owned) = (message, format, use);

    /// <param name="message">A signed or encrypted message, of which nothing may be changed.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="source">The content that it was made from. Disposed with this.</param>
    public MimeKitMessage(MimeMessage message, FormatOptions format, MessageContent source) =>
        (_message, _format, _owned, _isFinal) = (message, format, source, true);

    /// <summary>The message, which may be changed: a copy of a caller's own.</summary>
    public override MimeMessage Message => _isFinal ? _message : _copy ??= Copy();

    public override async ValueTask WriteAsync(bool async, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken)
    {
        using var unchanged = _isFinal ? null : new MimeMessageSnapshot(_message);
        Prepare(sevenBit);
        using var stream = new MessageTargetStream(target);
        if (async)
            await _message.WriteToAsync(_format, stream, cancellationToken).ConfigureAwait(false);
        else
            _message.WriteTo(_format, stream, cancellationToken);
        stream.End();
    }

    public override void Dispose()
    {
        _copy?.Dispose();
        _owned?.Dispose();
    }

    private MimeMessage Copy()
    {
        using var unchanged = new MimeMessageSnapshot(_message);
        var stream = new MemoryStream();
        _message.WriteTo(stream);
        stream.Position = 0;
        return MimeMessage.Load(stream);
    }

    private void Prepare(bool sevenBit)
    {
        if (!_isFinal && !HasSignature(_message))
            MimeKitEncodings.Prepare(_message, sevenBit);
    }

    private static bool HasSignature(MimeMessage message) =>
        message.Headers.Contains(HeaderId.DkimSignature)
        || message.Headers.Contains(HeaderId.DomainKeySignature)
        || message.Headers.Contains(HeaderId.ArcSeal);
}
