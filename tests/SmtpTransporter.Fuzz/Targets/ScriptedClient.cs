namespace SmtpTransport.Fuzz.Targets;

/// <summary>The default client, except for its socket.</summary>
internal sealed class ScriptedClient(ScriptedServer server, SessionRecorder recorder)
    : MailKitClient(new WireOpener(new ServerOptions(), new Connector(new SystemResolver()), new SecretRedactor([])), recorder)
{
    protected override ValueTask<WireStream> OpenWireAsync(bool async, Deadline deadline) =>
        new(new ScriptedWire(server));
}
