using MimeKit;

namespace SmtpTransport;

/// <summary>A message that is an object of MimeKit's: a caller's own, or one that was signed or encrypted.</summary>
/// <param name="message">The message.</param>
/// <param name="format">How it is written.</param>
/// <param name="source">
/// The content that it was signed or encrypted from; nothing of the message may then be changed. Null for a caller's own.
/// </param>
internal sealed class MimeKitMessage(MimeMessage message, FormatOptions format, MessageContent? source = null) : MessageContent
{
    private MimeMessage? _copy;

    /// <summary>The message, which may be changed: a copy of a caller's own.</summary>
    public override MimeMessage Message => source is null ? _copy ??= Copy() : message;

    public override async ValueTask WriteAsync(bool async, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken)
    {
        using var unchanged = source is null ? new MimeMessageSnapshot(message) : null;
        Prepare(sevenBit);
        using var stream = new MessageTargetStream(target);
        if (async)
            await message.WriteToAsync(format, stream, cancellationToken).ConfigureAwait(false);
        else
            message.WriteTo(format, stream, cancellationToken);
        stream.End();
    }

    public override void Dispose()
    {
        _copy?.Dispose();
        source?.Dispose();
    }

    private MimeMessage Copy()
    {
        using var unchanged = new MimeMessageSnapshot(message);
        var stream = new MemoryStream();
        message.WriteTo(stream);
        stream.Position = 0;
        return MimeMessage.Load(stream);
    }

    private void Prepare(bool sevenBit)
    {
        if (source is null && !HasSignature(message))
            MimeKitEncodings.Prepare(message, sevenBit);
    }

    private static bool HasSignature(MimeMessage message) =>
        message.Headers.Contains(HeaderId.DkimSignature)
        || message.Headers.Contains(HeaderId.DomainKeySignature)
        || message.Headers.Contains(HeaderId.ArcSeal);
}
