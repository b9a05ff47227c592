using MimeKit;

namespace SmtpTransport;

/// <summary>One that was made from an <see cref="Email"/>.</summary>
/// <param name="node">What is written.</param>
/// <param name="open">The files that it holds open.</param>
internal sealed class BuiltMessage(MimeNode node, IReadOnlyList<IDisposable> open) : MessageContent
{
    private MimeMessage? _message;

    public override MimeMessage Message => _message ??= MimeKitConverter.ToMessage(node);

    public override ValueTask WriteAsync(bool async, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken) =>
        MimeWriter.WriteAsync(async, node, target, sevenBit, cancellationToken);

    public override void Dispose()
    {
        foreach (var stream in open)
            stream.Dispose();
    }
}
