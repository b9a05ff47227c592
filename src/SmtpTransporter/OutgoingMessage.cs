using MimeKit;

namespace SmtpTransport;

/// <summary>The message of a mail on its way to octets. Not safe for concurrent use.</summary>
internal abstract class OutgoingMessage : IDisposable
{
    /// <summary>How MimeKit writes a message for SMTP.</summary>
    public static readonly FormatOptions Ascii = NewFormat(international: false);

    /// <summary>The same for a transaction with SMTPUTF8.</summary>
    public static readonly FormatOptions International = NewFormat(international: true);

    /// <summary>As MimeKit has it.</summary>
    public abstract MimeMessage Message { get; }

    /// <summary>Writes the message without Bcc, for a server with or without 8BITMIME.</summary>
    public abstract ValueTask WriteAsync(bool async, Stream target, bool sevenBit, CancellationToken cancellationToken);

    public abstract void Dispose();

    private static FormatOptions NewFormat(bool international)
    {
        var format = FormatOptions.Default.Clone();
        format.International = international;
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.HiddenHeaders.Add(HeaderId.Bcc);
        format.HiddenHeaders.Add(HeaderId.ResentBcc);
        return format;
    }
}

/// <summary>One that was made from an <see cref="Email"/>.</summary>
/// <param name="node">What is written.</param>
/// <param name="open">The files that it holds open.</param>
internal sealed class BuiltMessage(MimeNode node, IReadOnlyList<IDisposable> open) : OutgoingMessage
{
    private MimeMessage? _message;

    public override MimeMessage Message => _message ??= MimeNodes.ToMessage(node);

    public override ValueTask WriteAsync(bool async, Stream target, bool sevenBit, CancellationToken cancellationToken) =>
        MimeWriter.WriteAsync(async, node, target, sevenBit, cancellationToken);

    public override void Dispose()
    {
        foreach (var stream in open)
            stream.Dispose();
    }
}

/// <summary>One that MimeKit has: a caller's own, or one that was signed.</summary>
/// <param name="message">What is written.</param>
/// <param name="format">How.</param>
/// <param name="signed">What it was made from, where it is signed: then nothing of it may be changed any more.</param>
internal sealed class GivenMessage(MimeMessage message, FormatOptions format, OutgoingMessage? signed = null) : OutgoingMessage
{
    public override MimeMessage Message => message;

    public override async ValueTask WriteAsync(bool async, Stream target, bool sevenBit, CancellationToken cancellationToken)
    {
        Prepare(sevenBit);
        if (async)
            await message.WriteToAsync(format, target, cancellationToken).ConfigureAwait(false);
        else
            message.WriteTo(format, target, cancellationToken);
    }

    public override void Dispose() => signed?.Dispose();

    private void Prepare(bool sevenBit)
    {
        if (signed is not null || HasSignature(message))
            return;
        if (sevenBit)
            MimeNodes.MakeSevenBit(message);
        message.Prepare(sevenBit ? EncodingConstraint.SevenBit : EncodingConstraint.EightBit);
    }

    private static bool HasSignature(MimeMessage message) =>
        message.Headers.Contains(HeaderId.DkimSignature) || message.Headers.Contains(HeaderId.DomainKeySignature) || message.Headers.Contains(HeaderId.ArcSeal);
}
