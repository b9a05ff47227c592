namespace SmtpTransport.Fuzz.Targets;

/// <summary>The default client, except for its socket.</summary>
internal sealed class ScriptedClient(ScriptedServer server, SessionRecorder recorder)
    : MailKitClient(new Connector(new SystemResolver()), recorder)
{
    protected override ValueTask<DeadlineStream> OpenWireAsync(bool async, string host, int port, Deadline deadline) =>
        new(new ScriptedWire(server));
}
