using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>The default client over a stream that is observed.</summary>
internal sealed class ObservedClient(ServerOptions options, TimeProvider time, Func<Socket, DeadlineStream> wrap)
    : MailKitClient(
        new WireOpener(options, Connector, new SecretRedactor([options])), new SessionRecorder(time, null, new SecretRedactor([options])))
{
    private static readonly Connector Connector = new(new SystemResolver());

    private readonly DialogueTracker _tracker = new(time);

    protected override async ValueTask<WireStream> OpenWireAsync(bool async, Deadline deadline) =>
        wrap(await Connector.ConnectAsync(async, options.Host, options.Port, null, deadline, _tracker));
}
