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
    public override MimeMessage Message => message;

    public override async ValueTask WriteAsync(bool async, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken)
    {
        Prepare(sevenBit);
        using var stream = new MessageTargetStream(target);
        if (async)
            await message.WriteToAsync(format, stream, cancellationToken).ConfigureAwait(false);
        else
            message.WriteTo(format, stream, cancellationToken);
        stream.End();
    }

    public override void Dispose() => source?.Dispose();

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
