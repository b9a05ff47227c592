using System.Runtime.CompilerServices;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The use of a caller's message by one send: the others wait for it to end. MimeKit's objects, and the streams of their contents, serve
/// one caller at a time, and while a message is written its header fields are not what they were.
/// </summary>
internal sealed class MimeMessageUse : IDisposable
{
    private static readonly ConditionalWeakTable<MimeMessage, SemaphoreSlim> Gates = [];

    private SemaphoreSlim? _gate;

    private MimeMessageUse(SemaphoreSlim gate) => _gate = gate;

    public static async ValueTask<MimeMessageUse> BeginAsync(bool async, MimeMessage message, CancellationToken cancellationToken)
    {
        var gate = Gates.GetValue(message, static _ => new SemaphoreSlim(1, 1));
        if (async)
            await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            gate.Wait(cancellationToken);
        return new MimeMessageUse(gate);
    }

    public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Release();
}
