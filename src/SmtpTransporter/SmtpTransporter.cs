using System.Runtime.CompilerServices;
using MailKit.Net.Smtp;
using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

/// <summary>
/// Sends mail through one server over up to <see cref="ServerOptions.MaxConnections"/> kept connections, and tells what became of it.
/// Make one and share it: it is safe for concurrent callers. See <see cref="ISmtpTransporter"/> for what throws (almost nothing).
/// </summary>
/// <example>
/// <code>
/// using var transporter = new SmtpTransporter(new ServerOptions { Host = "smtp.example.com", User = "me", Password = "…" });
/// SendResult result = transporter.Send(new Email { From = "me@example.com", To = "you@example.com", Subject = "Hello", TextBody = "…" });
/// </code>
/// </example>
public sealed class SmtpTransporter : ISmtpTransporter, IStoredMessageSender
{
    private readonly ServerOptions _options;
    private readonly TimeProvider _time;
    private readonly List<ExtendedLog> _logs = [];
    private readonly EndpointSelector _servers;
    private readonly MessageSigner _signer;
    private readonly RecipientFilter? _guard;
    private readonly PickupFolder? _pickup;
    private readonly SecretRedactor _secrets;
    private readonly CancellationTokenSource _disposal = new();
    private int _disposed;

    /// <summary>Makes a transporter. Opens no connection.</summary>
    /// <param name="options">The server, and how to reach it.</param>
    /// <exception cref="ArgumentException">An option is wrong, or the log file cannot be opened; the message names the property.</exception>
    public SmtpTransporter(ServerOptions options)
        : this([options], ServerSelection.Failover, null, TimeProvider.System, new SystemResolver())
    {
    }

    /// <summary>
    /// Makes a transporter over clients of the caller's: a mock in a test, or a MailKit client with settings of its own. Opens no connection.
    /// </summary>
    /// <param name="options">The server, and how to reach it.</param>
    /// <param name="clientFactory">
    /// Makes a client for each new connection, which the transporter then owns. The extended log, the certificate's facts and the recipients that
    /// are accepted beside refused ones are known only of the default client.
    /// </param>
    /// <exception cref="ArgumentException">An option is wrong, or the log file cannot be opened; the message names the property.</exception>
    public SmtpTransporter(ServerOptions options, Func<ISmtpClient> clientFactory)
        : this([options], ServerSelection.Failover, clientFactory ?? throw new ArgumentNullException(nameof(clientFactory)), TimeProvider.System, new SystemResolver())
    {
    }

    /// <summary>
    /// Makes a transporter over several servers. A mail goes to another one only where nothing can have been delivered: the connection, the login
    /// or the transaction failed before the message was out, or the server put it off; never after <see cref="Outcome.Unknown"/> or a refusal for
    /// good. A server that has failed is left alone for 30 seconds while there is another. Opens no connection.
    /// </summary>
    /// <param name="servers">
    /// The servers, at least one. How mails are written and signed, and the time limit of a send over all of them, are taken from the first.
    /// </param>
    /// <param name="choice">Which of them a mail goes to.</param>
    /// <exception cref="ArgumentException">There is no server, an option is wrong, or a log file cannot be opened; the message names the property.</exception>
    public SmtpTransporter(IReadOnlyList<ServerOptions> servers, ServerSelection choice)
        : this(servers, choice, null, TimeProvider.System, new SystemResolver())
    {
    }

    internal SmtpTransporter(ServerOptions options, Func<ISmtpClient>? clientFactory, TimeProvider time, INameResolver resolver)
        : this([options], ServerSelection.Failover, clientFactory, time, resolver)
    {
    }

    internal SmtpTransporter(IReadOnlyList<ServerOptions> servers, ServerSelection choice, Func<ISmtpClient>? clientFactory, TimeProvider time, INameResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(servers);
        if (servers.Count == 0)
            throw new ArgumentException("There is no server; allowed: at least one.", nameof(servers));
        if (!Enum.IsDefined(choice))
            throw new ArgumentException($"choice is {choice}; allowed: Failover or RoundRobin.", nameof(choice));
        foreach (var options in servers)
            ServerOptionsCheck.ThrowIfWrong(options);
        _options = servers[0];
        _time = time;
        _signer = MessageSigner.Of(_options, time);
        _guard = RecipientFilter.Of(_options);
        _pickup = _options.PickupFolder is null ? null : new PickupFolder(_options.PickupFolder, time);
        _secrets = new SecretRedactor(servers);
        SmtpMetrics.SwitchOn();
        var connector = new Connector(resolver);
        try
        {
            _servers = new EndpointSelector([.. servers.Select(Server)], choice);
        }
        catch
        {
            _logs.ForEach(log => log.Dispose());
            throw;
        }

        ServerEndpoint Server(ServerOptions options)
        {
            var log = options.LogFile is null ? null : ExtendedLog.Open(options.LogFile, time);
            if (log is not null)
                _logs.Add(log);
            var clients = clientFactory ?? (() => new MailKitClient(connector, new SessionRecorder(time, log is null ? null : new SessionLog(log), _secrets)));
            return new ServerEndpoint(options, () => new SmtpConnection(NewClient(clients), options, _secrets, time), time);
        }
    }

    /// <inheritdoc cref="ServerOptions.AcceptUnsecureConnection"/>
    public bool AcceptUnsecureConnection => _options.AcceptUnsecureConnection;

    /// <inheritdoc cref="ServerOptions.AuthenticationMode"/>
    public AuthenticationMode AuthenticationMode => _options.AuthenticationMode;

    /// <inheritdoc cref="ServerOptions.BodyCharset"/>
    public MailMode BodyCharset => _options.BodyCharset;

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

    internal ConnectionPool Pool => _servers.First.Pool;

    /// <inheritdoc/>
    public SendResult Send(Email email, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        return SendAsync(async: false, () => MessageBuilder.Build(email, MimeWriteOptions.Of(_options), _time), cancellationToken).GetCompletedResult();
    }

    /// <inheritdoc/>
    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: false, () => MimeMessageAdapter.ToSend(message), cancellationToken).GetCompletedResult();
    }

    /// <inheritdoc/>
    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.BeforeTransmission is not null)
            throw new InvalidOperationException("A mail with BeforeTransmission is sent by SendAsync.");
        return SendAsync(async: false, message.ToSend, cancellationToken).GetCompletedResult();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: true, message.ToSend, cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        return SendAsync(async: true, () => MessageBuilder.Build(email, MimeWriteOptions.Of(_options), _time), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: true, () => MimeMessageAdapter.ToSend(message), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SendManyResult> SendManyAsync(IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return Many().RunAsync(Each(emails), emails.TryGetNonEnumeratedCount(out var total) ? total : null, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SendManyResult> SendManyAsync(IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return Many().RunAsync(emails, null, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) =>
        CheckAsync(async: false, cancellationToken).GetCompletedResult();

    /// <inheritdoc/>
    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) =>
        CheckAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// A send under way ends: <see cref="Outcome.NotSent"/>, or <see cref="Outcome.Unknown"/> where the message was out. Then QUIT is said on the
    /// idle connections; it waits two seconds for all of them at most.
    /// </summary>
    public void Dispose() => CloseAsync(async: false).GetCompletedResult();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => CloseAsync(async: true);

    private async ValueTask<SendResult> SendAsync(bool async, Func<OutgoingMessage> build, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new Deadline(_time, _options.SendTimeout, cancellationToken, _disposal.Token);
        using var span = SmtpActivitySource.Send(_options);
        OutgoingMessage? message = null;
        try
        {
            try
            {
                message = _signer.Apply(build());
                _guard?.Apply(message);
            }
            catch (Exception exception)
            {
                return Told(Result(new Attempt(), FailureClassifier.Classify(exception, deadline, null)));
            }
            return Told(_pickup is null ? await _servers.SendAsync(TryAsync, deadline).ConfigureAwait(false) : await PickUpAsync(_pickup).ConfigureAwait(false));
        }
        catch (SendCanceledException cancelled)
        {
            Told(cancelled.Result, cancelled: true);
            throw;
        }
        finally
        {
            message?.Dispose();
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<SendResult> TryAsync(ServerEndpoint server)
        {
            var attempt = new Attempt();
            try
            {
                await server.SendAsync(async, message, attempt, deadline).ConfigureAwait(false);
                return Result(attempt, null);
            }
            catch (Exception exception)
            {
                return Failed(attempt, exception);
            }
        }

        async ValueTask<SendResult> PickUpAsync(PickupFolder folder)
        {
            var attempt = new Attempt { Transaction = new DeliveryRecord(message.Envelope) };
            try
            {
                attempt.Reply = $"Written to {await folder.WriteAsync(async, message, deadline.Token).ConfigureAwait(false)}";
                return Result(attempt, null);
            }
            catch (Exception exception)
            {
                return Failed(attempt, exception);
            }
        }

        SendResult Failed(Attempt attempt, Exception exception)
        {
            var failure = FailureClassifier.Classify(exception, deadline, attempt.Connection);
            var result = Result(attempt, failure);
            return deadline.CanceledByCaller && failure.Reply is null && exception is not EmailContentException
                ? throw new SendCanceledException(result, cancellationToken)
                : result;
        }

        SendResult Result(Attempt attempt, Failure? failure) => SendResultFactory.Create(
            message, attempt.Transaction, attempt.Reply, failure, deadline.Elapsed, message?.Warning is { } own ? [.. Warnings(), own] : Warnings()).Without(_secrets);

        SendResult Told(SendResult result, bool cancelled = false)
        {
            SmtpMetrics.Sent(_options, result, cancelled, message?.Size);
            SmtpActivitySource.Sent(span, _options, message, result, cancelled, message?.Size);
            LogMessages.Sent(_options, result);
            return result;
        }
    }

    private async ValueTask<ConnectionStatus> CheckAsync(bool async, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new Deadline(_time, _options.ConnectionTimeout, cancellationToken, _disposal.Token);
        var attempt = new Attempt();
        try
        {
            if (_pickup is not null)
            {
                _pickup.Check();
                return new ConnectionStatus(250, $"Mails are written to {_pickup.Path}", []);
            }
            var wasUsed = await _servers.First.CheckAsync(async, attempt, deadline).ConfigureAwait(false);
            return ConnectionStatusFactory.Create(attempt.Connection, wasUsed, null, deadline.Elapsed, Warnings(), _secrets);
        }
        catch (Exception exception)
        {
            var failure = FailureClassifier.Classify(exception, deadline, attempt.Connection);
            if (deadline.CanceledByCaller && failure.Reply is null)
                throw new OperationCanceledException("The check was cancelled.", cancellationToken);
            return ConnectionStatusFactory.Create(attempt.Connection, false, failure, deadline.Elapsed, Warnings(), _secrets);
        }
    }

    // Twice the connections: while one mail is under way, the next is built.
    private BulkSender Many()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return new BulkSender(SendAsync, 2 * _servers.MaxConnections, _time);
    }

#pragma warning disable CS1998 // A sequence that is there is read without waiting.
    private static async IAsyncEnumerable<Email> Each(IEnumerable<Email> emails)
#pragma warning restore CS1998
    {
        foreach (var email in emails)
            yield return email;
    }

    private IReadOnlyList<SmtpError> Warnings() => _logs.Count == 0 ? [] : [.. _logs.SelectMany(log => log.TakeWarnings())];

    private static ISmtpClient NewClient(Func<ISmtpClient> factory)
    {
        try
        {
            return factory() ?? throw new InvalidOperationException("it gave null");
        }
        catch (Exception exception)
        {
            throw new SendFailureException(SmtpErrorCodes.CallbackFailed, "conf", $"The client factory failed: {exception.Message}.", exception);
        }
    }

    private async ValueTask CloseAsync(bool async)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // What is under way first: a server that does not answer a QUIT must not hold it.
#pragma warning disable CA1849 // Synchronous on purpose: what it wakes only closes sockets.
        _disposal.Cancel();
#pragma warning restore CA1849
        await _servers.CloseAsync(async).ConfigureAwait(false);
        _logs.ForEach(log => log.Dispose());
    }
}
