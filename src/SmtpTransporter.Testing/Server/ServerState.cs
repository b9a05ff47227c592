using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>What the sessions of a server share. Safe for concurrent callers.</summary>
internal sealed class ServerState(SmtpTestServerOptions options, X509Certificate2? certificate, CancellationToken stop)
{
    private readonly object _gate = new();
    private readonly List<ReceivedMessage> _messages = [];
    private List<SmtpTestSession> _sessions = [];
    private int _lastSession;

    public SmtpTestServerOptions Options { get; } = options;

    public CancellationToken Stop { get; } = stop;

    public SmtpScript Script { get; } = new();

    public Credentials Credentials { get; } = new(options);

    public Signal Changed { get; } = new();

    public SslServerAuthenticationOptions TlsOptions { get; } = CreateTlsOptions(options, certificate);

    public ReceivedMessage[] Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public SmtpTestSession[] Sessions
    {
        get
        {
            lock (_gate)
                return [.. _sessions];
        }
    }

    public ReceivedMessage? FindMessage(int index)
    {
        lock (_gate)
            return index < _messages.Count ? _messages[index] : null;
    }

    public SmtpTestSession? FindSession(int index)
    {
        lock (_gate)
            return index < _sessions.Count ? _sessions[index] : null;
    }

    public SmtpTestSession OpenSession()
    {
        SmtpTestSession session;
        lock (_gate)
        {
            session = new SmtpTestSession(++_lastSession, Options.KeepSessions);
            _sessions.Add(session);
        }
        Changed.Pulse();
        return session;
    }

    public void EndSession(SmtpTestSession session)
    {
        session.IsOpen = false;
        if (!Options.KeepSessions)
        {
            lock (_gate)
                _sessions.Remove(session);
        }
        Changed.Pulse();
    }

    public void Keep(ReceivedMessage message)
    {
        lock (_gate)
            _messages.Add(message);
        Changed.Pulse();
    }

    public ReceivedMessage[] TakeMessages()
    {
        lock (_gate)
        {
            ReceivedMessage[] taken = [.. _messages];
            _messages.Clear();
            return taken;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _messages.Clear();
            _sessions = _sessions.FindAll(s => s.IsOpen);
        }
    }

    // The stream disposes its own certificate object.
    public static X509Certificate2? Copy(X509Certificate? certificate) =>
        certificate is null ? null : new X509Certificate2(certificate);

    // Any client certificate is accepted: the server only shows it to the test. This does not concern the server's own certificate.
#pragma warning disable CA5359
    private static SslServerAuthenticationOptions CreateTlsOptions(SmtpTestServerOptions options, X509Certificate2? certificate) => new()
    {
        // The context is created once, because building the chain for every handshake is slow. Offline: a test downloads no issuers.
        ServerCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        ClientCertificateRequired = options.RequestClientCertificate,
        RemoteCertificateValidationCallback = options.RequestClientCertificate ? (_, _, _, _) => true : null,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        EnabledSslProtocols = options.TlsProtocols,
    };
#pragma warning restore CA5359
}
