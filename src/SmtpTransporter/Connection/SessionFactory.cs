using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>Makes the sessions of one server, which are not open yet.</summary>
internal sealed class SessionFactory(
    ServerOptions options, Func<ISmtpClient>? clientFactory, WireOpener opener, ExtendedLog? log, SecretRedactor secrets,
    TimeProvider time)
{
    /// <exception cref="SendFailureException">The caller's factory failed.</exception>
    public SmtpSession Create() => clientFactory is null
        ? new PipelinedSession(
            CreateClient(new SessionRecorder(time, NewLog(), secrets)), options, time)
        : CreateFrom(clientFactory);

    private MailKitClient CreateClient(SessionRecorder recorder) =>
        options.Protocol == MailProtocol.Lmtp ? new LmtpClient(opener, recorder) : new MailKitClient(opener, recorder);

    private SessionLog? NewLog() => log is null ? null : new SessionLog(log, secrets, options.LogContents);

    private SmtpSession CreateFrom(Func<ISmtpClient> factory)
    {
        ISmtpClient client;
        try
        {
            client = factory() ?? throw new InvalidOperationException("It returned null");
        }
        catch (Exception exception)
        {
            throw new SendFailureException(
                SmtpErrorCodes.CallbackFailed, "conf", $"The client factory failed: {exception.Message.TrimEnd('.')}.", exception);
        }
        return client is MailKitClient own ? new PipelinedSession(own, options, time) : new MailKitSession(client, options, time);
    }
}
