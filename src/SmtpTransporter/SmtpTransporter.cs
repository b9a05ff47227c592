using MailKit.Net.Smtp;
using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

/// <summary>
/// Sends email through one server, or several, over up to <see cref="ServerOptions.MaxConnections"/> kept connections, and reports what
/// became of it.
/// </summary>
/// <remarks>
/// Create one instance and share it: it is safe for concurrent callers. Delivery problems are results, not exceptions; see
/// <see cref="ISmtpTransporter"/> for what throws. Dispose it when the application ends.
/// </remarks>
/// <example>
/// <code>
/// using var transporter = new SmtpTransporter(new ServerOptions { Host = "smtp.example.com", User = "me", Password = "…" });
/// SendResult result = transporter.Send(new Email { From = "me@example.com", To = "you@example.com", Subject = "Hello", TextBody = "…" });
/// </code>
/// </example>
public sealed class SmtpTransporter : ISmtpTransporter, IStoredMessageSender
{
    private readonly ServerOptions _options;
    private readonly EmailFieldRules? _rules;
    private readonly HandlerChain? _handlers;
    private readonly MimeWriteOptions _writing;
    private readonly TimeProvider _time;
    private readonly List<ExtendedLog> _logs = [];
    private readonly EndpointSelector _endpoints;
    private readonly SendPipeline _pipeline;
    private readonly SendSummary? _summary;
    private readonly CancellationTokenSource _disposal = new();
    private int _disposed;

    /// <summary>Creates a transporter for one server. Opens no connection.</summary>
    /// <param name="options">The server, and how to reach it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid, or the log file cannot be opened; the message names the
    /// property.</exception>
    public SmtpTransporter(ServerOptions options)
        : this([options], ServerSelection.Failover, null, TimeProvider.System, new SystemResolver())
    {
    }

    /// <summary>
    /// Creates a transporter whose time limits, pauses and dates come from a time provider, such as a fake one in a test.
    /// </summary>
    /// <param name="options">The server, and how to reach it.</param>
    /// <param name="timeProvider">The source of all times. Time limits of sockets follow it only as far as it fires its timers.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid, or the log file cannot be opened; the message names the
    /// property.</exception>
    public SmtpTransporter(ServerOptions options, TimeProvider timeProvider)
        : this([options], ServerSelection.Failover, null, timeProvider, new SystemResolver())
    {
    }

    /// <summary>
    /// Creates a transporter over clients that the caller makes: a mock in a test, or a MailKit client with settings of its own. Opens no
    /// connection.
    /// </summary>
    /// <remarks>
    /// The extended log, certificate details and per-recipient results are available only with the default client.
    /// </remarks>
    /// <param name="options">The server, and how to reach it.</param>
    /// <param name="clientFactory">Makes a client for each new connection, which the transporter then owns.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid, or the log file cannot be opened; the message names the
    /// property.</exception>
    public SmtpTransporter(ServerOptions options, Func<ISmtpClient> clientFactory)
        : this(
            [options], ServerSelection.Failover, clientFactory ?? throw new ArgumentNullException(nameof(clientFactory)),
            TimeProvider.System, new SystemResolver())
    {
    }

    /// <summary>Creates a transporter over several servers. Opens no connection.</summary>
    /// <remarks>
    /// An email fails over to another server only if it cannot have been delivered: the connection, the authentication or the transaction
    /// failed before the message was transmitted, or the server deferred it; never after <see cref="Outcome.Unknown"/> or a permanent
    /// refusal. A failed server is skipped for 30 seconds while there is another one.
    /// </remarks>
    /// <param name="servers">
    /// The servers, at least one. How messages are written and signed, and the time limit of a send over all of them, come from the first.
    /// </param>
    /// <param name="selection">Which of them an email goes to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="servers"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">There is no server, an option is not valid, or a log file cannot be opened; the message names
    /// the property.</exception>
    public SmtpTransporter(IReadOnlyList<ServerOptions> servers, ServerSelection selection)
        : this(servers, selection, null, TimeProvider.System, new SystemResolver())
    {
    }

    internal SmtpTransporter(ServerOptions options, Func<ISmtpClient>? clientFactory, TimeProvider time, INameResolver resolver)
        : this([options], ServerSelection.Failover, clientFactory, time, resolver)
    {
    }

    internal SmtpTransporter(
        IReadOnlyList<ServerOptions> servers, ServerSelection selection, Func<ISmtpClient>? clientFactory, TimeProvider time,
        INameResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentNullException.ThrowIfNull(time, "timeProvider");
        if (servers.Count == 0)
            throw new ArgumentException("servers is empty; allowed: at least one server.", nameof(servers));
        if (!Enum.IsDefined(selection))
            throw new ArgumentException($"selection is {selection}; allowed: Failover or RoundRobin.", nameof(selection));
        foreach (var options in servers)
        {
            ServerOptionsCheck.ThrowIfWrong(options);
            if (clientFactory is not null)
                ServerOptionsCheck.ThrowIfOfDefaultClient(options);
        }
        _options = servers[0];
        _rules = EmailFieldRules.Of(_options);
        _writing = MimeWriteOptions.FromServerOptions(_options);
        _summary = SendSummary.Of(_options, time);
        _handlers = _options.Handlers.Count == 0 ? null : new HandlerChain(_options, _summary, SendRequestedAsync);
        _time = time;
        var secrets = new SecretRedactor(servers);
        var judge = new OutcomeJudge(secrets, TakeWarnings, _options.IncludePersonalDataInTelemetry);
        var connector = new Connector(resolver);
        var signer = MessageSigner.Create(_options, time);
        try
        {
            _endpoints = new EndpointSelector([.. servers.Select(NewEndpoint)], selection);
        }
        catch
        {
            _logs.ForEach(log => log.Dispose());
            throw;
        }
        _pipeline = new SendPipeline(_options, signer, _endpoints, judge, _summary, time, _disposal.Token);
        SmtpMetrics.SwitchOn();

        ServerEndpoint NewEndpoint(ServerOptions options)
        {
            var log = options.LogFile is null ? null : ExtendedLog.Open(options, time);
            if (log is not null)
                _logs.Add(log);
            var sessions = new SessionFactory(options, clientFactory, new WireOpener(options, connector, secrets), log, secrets, time);
            return new ServerEndpoint(options, sessions, new Authenticator(options, secrets, time), judge, time);
        }
    }

    /// <inheritdoc cref="ServerOptions.AcceptUnsecureConnection"/>
    public bool AcceptUnsecureConnection => _options.AcceptUnsecureConnection;

    /// <inheritdoc cref="ServerOptions.AuthenticationMode"/>
    public AuthenticationMode AuthenticationMode => _options.AuthenticationMode;

    /// <inheritdoc cref="ServerOptions.BodyCharset"/>
    public MailMode BodyCharset => _options.BodyCharset;

    /// <inheritdoc cref="ServerOptions.Certificate"/>
    public CertificateSource? Certificate => _options.Certificate;

    /// <inheritdoc cref="ServerOptions.CertificateName"/>
    public string? CertificateName => _options.CertificateName;

    /// <inheritdoc cref="ServerOptions.ConnectionTimeout"/>
    public TimeSpan ConnectionTimeout => _options.ConnectionTimeout;

    /// <inheritdoc cref="ServerOptions.HeaderCharset"/>
    public MailMode HeaderCharset => _options.HeaderCharset;

    /// <inheritdoc cref="ServerOptions.Host"/>
    public string Host => _options.Host;

    /// <inheritdoc cref="ServerOptions.KeepAlive"/>
    public bool KeepAlive => _options.KeepAlive;

    /// <inheritdoc cref="ServerOptions.LogFile"/>
    public string? LogFile => _options.LogFile;

    /// <inheritdoc cref="ServerOptions.Port"/>
    public int Port => _options.Port;

    /// <inheritdoc cref="ServerOptions.SendTimeout"/>
    public TimeSpan SendTimeout => _options.SendTimeout;

    /// <inheritdoc cref="ServerOptions.User"/>
    public string? User => _options.User;

    internal ConnectionPool Pool => _endpoints.First.Pool;

    /// <inheritdoc/>
    public SendResult Send(Email email, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        return SendAsync(async: false, email, cancellationToken).GetCompletedResult();
    }

    /// <inheritdoc/>
    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: false, new SendRequest { MimeMessage = message, CancellationToken = cancellationToken })
            .GetCompletedResult();
    }

    /// <inheritdoc/>
    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: false, new SendRequest { StoredMessage = message, CancellationToken = cancellationToken })
            .GetCompletedResult();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        return SendAsync(async: true, email, cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: true, new SendRequest { MimeMessage = message, CancellationToken = cancellationToken }).AsTask();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: true, new SendRequest { StoredMessage = message, CancellationToken = cancellationToken }).AsTask();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return NewBulkSender().RunAsync(
            Enumerate(emails), emails.TryGetNonEnumeratedCount(out var total) ? total : null, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return NewBulkSender().RunAsync(emails, null, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) =>
        CheckAsync(async: false, cancellationToken).GetCompletedResult();

    /// <inheritdoc/>
    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) =>
        CheckAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// Ends sends in progress and closes the connections. A send in progress returns <see cref="Outcome.NotSent"/>, or
    /// <see cref="Outcome.Unknown"/> if its message was already transmitted. Idle connections get a QUIT; this waits at most two seconds
    /// for all of them.
    /// </summary>
    public void Dispose() => CloseAsync(async: false).GetCompletedResult();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => CloseAsync(async: true);

    private Func<bool, CancellationToken, ValueTask<OutgoingMessage>> Build(Email email) => (async, cancellationToken) =>
        MessageBuilder.BuildAsync(async, email, _rules, _writing, _time, cancellationToken);

    private static Func<bool, CancellationToken, ValueTask<OutgoingMessage>> Build(MimeMessage message) => (async, cancellationToken) =>
        MimeMessageAdapter.ToSendAsync(async, message, given: null, cancellationToken);

    // Without handlers, an email needs no request.
    private ValueTask<SendResult> SendAsync(bool async, Email email, CancellationToken cancellationToken, bool isBulk = false) =>
        _handlers is null
            ? SendAsync(async, Build(email), isBulk, cancellationToken)
            : SendAsync(async, new SendRequest { Email = email, CancellationToken = cancellationToken }, isBulk);

    private ValueTask<SendResult> SendAsync(bool async, SendRequest request, bool isBulk = false)
    {
        // What is wrong here is the caller's fault; behind a handler it is that handler's.
        request.ThrowIfNotSendable(async);
        return _handlers is null || _disposed != 0
            ? SendRequestedAsync(async, request, isBulk) : _handlers.SendAsync(async, request, isBulk);
    }

    private ValueTask<SendResult> SendRequestedAsync(bool async, SendRequest request, bool isBulk)
    {
        var build = request switch
        {
            { Email: { } email } => Build(email),
            { MimeMessage: { } message } => Build(message),
            _ => (_, _) => new(request.StoredMessage!.ToSend()),
        };
        return SendAsync(async, build, isBulk, request.CancellationToken);
    }

    private ValueTask<SendResult> SendAsync(
        bool async, Func<bool, CancellationToken, ValueTask<OutgoingMessage>> build, bool isBulk, CancellationToken cancellationToken) =>
        _disposed != 0
            ? ValueTask.FromException<SendResult>(NewDisposedException())
            : _pipeline.SendAsync(async, build, isBulk, cancellationToken);

    private async ValueTask<ConnectionStatus> CheckAsync(bool async, CancellationToken cancellationToken)
    {
        if (_disposed != 0)
            throw NewDisposedException();
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new Deadline(_time, _options.ConnectionTimeout, cancellationToken, _disposal.Token);
        var status = _pipeline.Pickup is { } folder
            ? _pipeline.CheckPickup(folder, deadline)
            : await _endpoints.First.CheckAsync(async, deadline).ConfigureAwait(false);
        return status ?? throw new OperationCanceledException("The check was canceled.", cancellationToken);
    }

    private ObjectDisposedException NewDisposedException() => new(
        GetType().FullName,
        "The transporter was disposed. Dispose it only after the last send: one transporter serves the whole application.");

    private Task<SendResult> SendOneOfManyAsync(Email email, CancellationToken cancellationToken) =>
        SendAsync(async: true, email, cancellationToken, isBulk: true).AsTask();

    // Twice the connections: while one message is on its way, the next is built.
    private BulkSender NewBulkSender()
    {
        if (_disposed != 0)
            throw NewDisposedException();
        return new BulkSender(SendOneOfManyAsync, _endpoints.MaxTogether, _time);
    }

#pragma warning disable CS1998 // A sequence in memory is read without waiting.
    private static async IAsyncEnumerable<Email> Enumerate(IEnumerable<Email> emails)
#pragma warning restore CS1998
    {
        foreach (var email in emails)
            yield return email;
    }

    private IReadOnlyList<SmtpError> TakeWarnings(bool ofEmails)
    {
        IReadOnlyList<SmtpError> warnings = _logs.Count == 0 ? [] : [.. _logs.SelectMany(log => log.TakeWarnings())];
        return ofEmails && _endpoints.TakeWarnings() is { Count: > 0 } more ? [.. warnings, .. more] : warnings;
    }

    private async ValueTask CloseAsync(bool async)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // Sends in progress first: a server that does not answer a QUIT must not hold them.
#pragma warning disable CA1849 // Synchronous on purpose: what it wakes only closes sockets.
        _disposal.Cancel();
#pragma warning restore CA1849
        await _endpoints.CloseAsync(async).ConfigureAwait(false);
        _summary?.Dispose();
        _logs.ForEach(log => log.Dispose());
    }
}
