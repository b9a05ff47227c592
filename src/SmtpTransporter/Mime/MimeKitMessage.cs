using MimeKit;

namespace SmtpTransport;

/// <summary>One that MimeKit has: a caller's own, or one that was signed.</summary>
/// <param name="message">What is written.</param>
/// <param name="format">How.</param>
/// <param name="signed">What it was made from, where it is signed: then nothing of it may be changed any more.</param>
internal sealed class MimeKitMessage(MimeMessage message, FormatOptions format, MessageContent? signed = null) : MessageContent
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
    }

    public override void Dispose() => signed?.Dispose();

    private void Prepare(bool sevenBit)
    {
        if (signed is not null || HasSignature(message))
            return;
        if (sevenBit)
            MimeKitConverter.MakeSevenBit(message);
        message.Prepare(sevenBit ? EncodingConstraint.SevenBit : EncodingConstraint.EightBit);
    }

    private static bool HasSignature(MimeMessage message) =>
        message.Headers.Contains(HeaderId.DkimSignature) || message.Headers.Contains(HeaderId.DomainKeySignature) || message.Headers.Contains(HeaderId.ArcSeal);
}
