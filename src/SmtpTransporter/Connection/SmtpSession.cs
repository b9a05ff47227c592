using System.Net.Security;
using System.Security.Authentication;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// One connection on which messages are sent one after another. It knows whether it can be used again. One caller at a time.
/// </summary>
internal abstract class SmtpSession(ISmtpClient client, ServerOptions options, TimeProvider time)
{
    public static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LackTime = TimeSpan.FromMinutes(1);

    private readonly ServerCertificateCheck _certificate = new(options, time);
    private bool _reportsItsState;
    private long? _lackedAt;
    private (SslProtocols Protocol, TlsCipherSuite? Cipher) _tls;
    private string? _mechanism;

    /// <summary>True once it was opened. The server may have closed it since.</summary>
    public bool WasOpened { get; private set; }

    /// <summary>Asked without a round trip: not broken, not worn out, and nothing has come from the server while it was idle.</summary>
    public bool IsUsable => !IsBroken && HasRoomBehind(-1) && (!_reportsItsState || client.IsConnected) && IsQuiet;

    public SessionHealth Health { get; } = new(time);

    /// <summary>What the server offers, known once the connection is open.</summary>
    public ServerExtensions Extensions { get; protected set; } = new();

    public ConnectionFacts Facts => AddFacts(LastingFacts);

    /// <summary>What does not change once the connection is open: others than the caller who has it may ask for this.</summary>
    public ConnectionFacts LastingFacts => new()
    {
        Server = new EndpointName(options.Host, options.Port),
        IsUnixSocket = UnixSocketAddress.PathOf(options.Host) is not null,
        IsImplicitTls = options.UsesImplicitTls,
        CertificateProblem = _certificate.Problem,
        CertificateSubject = _certificate.Subject,
        CertificateExpiresAt = _certificate.Expires,
        TlsProtocol = _tls.Protocol,
        TlsCipher = _tls.Cipher,
        Mechanism = _mechanism,
    };

    /// <summary>True if nothing has come from the server but the answers to what it was asked.</summary>
    protected abstract bool IsQuiet { get; }

    /// <summary>Set before each exchange, and cleared when it has ended in a known state.</summary>
    public bool IsBroken { get; protected set; }

    /// <summary>
    /// True if the end of a deadline has closed the connection: it may have come between the last reply to one message and the first to
    /// the next one.
    /// </summary>
    public virtual bool IsAborted => false;

    /// <summary>The messages that go early over this connection; null if none do.</summary>
    public SessionLine? Line { get; set; }

    protected ISmtpClient Client => client;

    protected ServerOptions Options => options;

    /// <summary>Connects, upgrades to TLS, and authenticates. Whatever fails throws; the session is broken then.</summary>
    public async ValueTask OpenAsync(bool async, Authenticator authenticator, Deadline deadline)
    {
        Configure();
        IsBroken = true;
        Enter(DialogueStep.Hello);
        try
        {
            using var bound = Bind(deadline);
            var security = TlsPolicy.Of(options);
            if (async)
                await client.ConnectAsync(options.ServerName, options.Port, security, deadline.Token).ConfigureAwait(false);
            else
                client.Connect(options.ServerName, options.Port, security, deadline.Token);
            _reportsItsState = client.IsConnected;
            if (options.Authenticates)
            {
                Enter(DialogueStep.Authenticate);
                ThrowIfClear();
                _mechanism = await AuthenticateAsync(async, authenticator, deadline).ConfigureAwait(false);
            }
            Begin();
        }
        finally
        {
            // Kept: a check reports them after a failed authentication too, when the connection is gone.
            if (client is { IsConnected: true, IsSecure: true })
                _tls = (client.SslProtocol, client.SslCipherSuite);
            Opened();
        }
        WasOpened = true;
        IsBroken = false;
        Health.Touch();
    }

    /// <summary>
    /// Whether the connection was made as the message demands: if not, another one may be, whatever is known of this one.
    /// </summary>
    public bool Serves(OutgoingMessage message) =>
        !message.RequiresTls || (Extensions.RequireTls && client.IsSecure && _certificate.IsVerified);

    /// <summary>
    /// Whether it may carry one message more, behind the one that is under way and others behind that.
    /// </summary>
    /// <param name="others">How many others; -1 if none is under way.</param>
    public bool HasRoomBehind(int others) =>
        !Health.IsWornOut && Health.Transactions + 1 + others < Math.Min(options.MaxMessagesPerConnection, Extensions.MaxMessages);

    /// <summary>Nothing more is sent over it.</summary>
    public void Break() => IsBroken = true;

    /// <summary>
    /// Whether it was found not long ago not to serve what it was asked for: a new one would hardly do better, and costs a login.
    /// </summary>
    public bool HasJustLacked => _lackedAt is { } at && time.GetElapsedTime(at) < LackTime;

    /// <summary>
    /// Sends a message in one transaction. What the server refuses, and what broke the transaction off, is in the result.
    /// </summary>
    /// <exception cref="EmailContentException">The server does not offer what the message needs; nothing was sent.</exception>
    public abstract ValueTask<TransactionResult> SendAsync(
        bool async, OutgoingMessage message, IReadOnlyList<string> recipients, Deadline deadline);

    /// <summary>Asks with NOOP whether the connection is alive.</summary>
    /// <returns>The reply.</returns>
    public async ValueTask<Reply> NoOpAsync(bool async, Deadline deadline)
    {
        IsBroken = true;
        Enter(DialogueStep.NoOp);
        Reply reply;
        using (Bind(deadline))
            reply = await AskAsync(async, deadline).ConfigureAwait(false);
        Health.Count(reply);
        if (reply.IsPositive || reply.IsUnknownCommand)
        {
            Enter(DialogueStep.Ready);
            IsBroken = false;
            Health.Touch();
        }
        return reply;
    }

    /// <summary>
    /// Sends QUIT if the server may still listen, waits for its reply two seconds at most and never beyond the limit, and closes. Never
    /// throws.
    /// </summary>
    public async ValueTask CloseAsync(bool async, TimeSpan limit)
    {
        try
        {
            // A server that has sent something unasked, or has closed, gets no QUIT.
            if (!IsBroken && limit > TimeSpan.Zero && IsQuiet)
            {
                using var deadline = new Deadline(time, limit < QuitTimeout
                    ? limit : QuitTimeout, CancellationToken.None, CancellationToken.None);
                using (Bind(deadline))
                {
                    if (async)
                        await client.DisconnectAsync(true, deadline.Token).ConfigureAwait(false);
                    else
                        client.Disconnect(true, deadline.Token);
                }
            }
        }
#pragma warning disable CA1031 // Whatever goes wrong with QUIT, the messages before it are safe and the connection ends.
        catch (Exception)
#pragma warning restore CA1031
        {
            IsBroken = true;
        }
        finally
        {
            Closed();
            client.Dispose();
        }
    }

    /// <summary>From here on, until it is disposed, what the client does ends with the deadline.</summary>
    protected abstract Binding Bind(Deadline deadline);

    /// <summary>Called as a step begins.</summary>
    protected abstract void Enter(DialogueStep step);

    protected abstract void ThrowIfClear();

    protected abstract ValueTask<string> AuthenticateAsync(bool async, Authenticator authenticator, Deadline deadline);

    /// <summary>The connection is open and authenticated.</summary>
    protected abstract void Begin();

    /// <summary>The opening has ended, well or not.</summary>
    protected virtual void Opened()
    {
    }

    protected virtual void Closed()
    {
    }

    protected abstract ValueTask<Reply> AskAsync(bool async, Deadline deadline);

    protected abstract ConnectionFacts AddFacts(ConnectionFacts facts);

    /// <summary>After a refusal the connection lives; after anything else its state is not known. A 421 announces its end.</summary>
    protected void EndTransaction(TransactionResult result)
    {
        IsBroken = result.Failure is not null || result.EndsSession || Health.IsClosing;
        Health.CountTransaction();
    }

    /// <exception cref="EmailContentException">The server does not offer what the message needs.</exception>
    protected void ThrowIfNotOffered(OutgoingMessage message)
    {
        if (!Serves(message))
        {
            _lackedAt ??= time.GetTimestamp();
            throw new EmailContentException(
                SmtpErrorCodes.RequireTlsUnavailable,
                $"{nameof(Email.TlsRequirement)}: "
                + (!client.IsSecure ? "the connection is not encrypted, and Required needs TLS."
                    : !_certificate.IsVerified ? "the server's certificate was not verified, and Required needs that."
                    : "the server does not offer REQUIRETLS (RFC 8689)."));
        }
        if (message.SmtpUtf8Address is { } needed && !Extensions.SmtpUtf8)
        {
            throw new EmailContentException(
                SmtpErrorCodes.SmtpUtf8Required,
                $"{needed}: an address is not ASCII before its \"@\", and the server does not offer SMTPUTF8 (RFC 6531).");
        }
        if (message.NeedsDsn && !Extensions.Dsn)
        {
            throw new EmailContentException(
                SmtpErrorCodes.DsnRequired, "Notify: the server does not offer delivery status notifications (DSN, RFC 3461).");
        }
    }

    private void Configure()
    {
        client.ServerCertificateValidationCallback = _certificate.Accepts;
        client.CheckCertificateRevocation = options.CheckCertificateRevocation;
        if (options.ClientCertificates.Count > 0)
            client.ClientCertificates = [.. options.ClientCertificates];
        if (options.LocalDomain is not null && client is SmtpClient known)
            known.LocalDomain = options.LocalDomain;
    }

    /// <summary>Ends what <see cref="Bind"/> has begun.</summary>
    protected readonly struct Binding(MailKitClient? client) : IDisposable
    {
        public void Dispose() => client?.End();
    }
}
