using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>What the sessions of a server share.</summary>
internal sealed class ServerState(SmtpTestServerOptions options, X509Certificate2? certificate, CancellationToken stop)
{
    private readonly object _lock = new();
    private readonly List<ReceivedMessage> _mails = [];
    private List<SmtpTestSession> _sessions = [];
    private int _lastSession;

    public SmtpTestServerOptions Options { get; } = options;

    public CancellationToken Stop { get; } = stop;

    public SmtpScript Script { get; } = new();

    public Credentials Credentials { get; } = new(options);

    public Signal Changed { get; } = new();

    public SslServerAuthenticationOptions TlsOptions { get; } = CreateTlsOptions(options, certificate);

    public ReceivedMessage[] Mails
    {
        get { lock (_lock) return [.. _mails]; }
    }

    public SmtpTestSession[] Sessions
    {
        get { lock (_lock) return [.. _sessions]; }
    }

    public ReceivedMessage? MailAt(int index)
    {
        lock (_lock) return index < _mails.Count ? _mails[index] : null;
    }

    public SmtpTestSession? SessionAt(int index)
    {
        lock (_lock) return index < _sessions.Count ? _sessions[index] : null;
    }

    public SmtpTestSession OpenSession()
    {
        SmtpTestSession session;
        lock (_lock)
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
            lock (_lock)
                _sessions.Remove(session);
        }

        Changed.Pulse();
    }

    public void Keep(ReceivedMessage message)
    {
        lock (_lock)
            _mails.Add(message);
        Changed.Pulse();
    }

    public ReceivedMessage[] TakeMails()
    {
        lock (_lock)
        {
            ReceivedMessage[] taken = [.. _mails];
            _mails.Clear();
            return taken;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _mails.Clear();
            _sessions = _sessions.FindAll(s => s.IsOpen);
        }
    }

    // The stream's own certificate object is disposed with the stream.
    public static X509Certificate2? CopyOf(X509Certificate? certificate)
        => certificate is null ? null : new X509Certificate2(certificate);

    // Any client certificate will do: the server only shows the test which one came. It says nothing about a server's certificate.
#pragma warning disable CA5359
    private static SslServerAuthenticationOptions CreateTlsOptions(SmtpTestServerOptions options, X509Certificate2? certificate) => new()
    {
        // The context is made once; building the chain for every handshake is slow. Offline: a test asks no server for issuers.
        ServerCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        ClientCertificateRequired = options.RequestClientCertificate,
        RemoteCertificateValidationCallback = options.RequestClientCertificate ? (_, _, _, _) => true : null,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        EnabledSslProtocols = options.TlsProtocols,
    };
#pragma warning restore CA5359
}
