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
public sealed class SmtpTransporter : ISmtpTransporter
{
    private readonly ServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ExtendedLog? _log;
    private readonly ConnectionPool _pool;
    private readonly MailSigner _signer;
    private readonly Secrets _secrets;
    private readonly CancellationTokenSource _disposal = new();
    private int _disposed;

    /// <summary>Makes a transporter. Opens no connection.</summary>
    /// <param name="options">The server, and how to reach it.</param>
    /// <exception cref="ArgumentException">An option is wrong, or the log file cannot be opened; the message names the property.</exception>
    public SmtpTransporter(ServerOptions options)
        : this(options, null, TimeProvider.System, new SystemResolver())
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
        : this(options, clientFactory ?? throw new ArgumentNullException(nameof(clientFactory)), TimeProvider.System, new SystemResolver())
    {
    }

    internal SmtpTransporter(ServerOptions options, Func<ISmtpClient>? clientFactory, TimeProvider time, INameResolver resolver)
    {
        ServerOptionsCheck.ThrowIfWrong(options);
        _options = options;
        _time = time;
        _signer = MailSigner.Of(options, time);
        _log = options.LogFile is null ? null : ExtendedLog.Open(options.LogFile, time);
        _secrets = new Secrets(options);
        var connector = new Connector(resolver);
        clientFactory ??= () => new MailKitClient(connector, new SessionRecorder(time, _log is null ? null : new SessionLog(_log), _secrets));
        _pool = new ConnectionPool(options, () => new SmtpConnection(NewClient(clientFactory), options, _secrets, time), time);
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

    /// <inheritdoc/>
    public SendResult Send(Email mail, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mail);
        return SendAsync(async: false, () => MessageBuilder.Build(mail, MimeFormat.Of(_options), _time), cancellationToken).Completed();
    }

    /// <inheritdoc/>
    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: false, () => MimeMessages.ToSend(message), cancellationToken).Completed();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(Email mail, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mail);
        return SendAsync(async: true, () => MessageBuilder.Build(mail, MimeFormat.Of(_options), _time), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(async: true, () => MimeMessages.ToSend(message), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) =>
        CheckAsync(async: false, cancellationToken).Completed();

    /// <inheritdoc/>
    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) =>
        CheckAsync(async: true, cancellationToken).AsTask();

    /// <summary>
    /// A send under way ends: <see cref="Outcome.NotSent"/>, or <see cref="Outcome.Unknown"/> where the message was out. Then QUIT is said on the
    /// idle connections; it waits two seconds for all of them at most.
    /// </summary>
    public void Dispose() => CloseAsync(async: false).Completed();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => CloseAsync(async: true);

    private async ValueTask<SendResult> SendAsync(bool async, Func<OutgoingMail> build, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new Deadline(_time, _options.SendTimeout, cancellationToken, _disposal.Token);
        OutgoingMail? mail = null;
        Transaction? transaction = null;
        SmtpConnection? connection = null;
        var reply = "";
        Failure? failure = null;
        try
        {
            mail = build();
            mail = _signer.Apply(mail);
            await _pool.EnterAsync(async, deadline).ConfigureAwait(false);
            try
            {
                for (var fresh = false; ; fresh = true)
                {
                    connection = await _pool.TakeAsync(async, fresh).ConfigureAwait(false);
                    try
                    {
                        var wasUsed = connection.WasOpened;
                        if (!wasUsed)
                            await OpenAsync(async, connection, deadline).ConfigureAwait(false);
                        transaction = new Transaction(mail.Envelope);
                        try
                        {
                            reply = await Passes.SendAsync(async, connection, mail, transaction, deadline).ConfigureAwait(false);
                            break;
                        }
                        catch (Exception exception) when (wasUsed && !deadline.IsOver && IsStale(connection, transaction, exception))
                        {
                            // The server had closed it while it was idle; nothing of this mail was taken: once more on a new one.
                            transaction = null;
                        }
                    }
                    finally
                    {
                        await _pool.GiveBackAsync(async, connection, deadline).ConfigureAwait(false);
                    }
                }
            }
            finally
            {
                _pool.Leave();
            }
        }
        catch (Exception exception)
        {
            failure = FailureJudge.Judge(exception, deadline, connection);
            if (deadline.CancelledByCaller && failure.Reply is null && exception is not MailContentException)
                throw new SendCanceledException(Result(), cancellationToken);
        }
        finally
        {
            mail?.Dispose();
        }
        return Result();

        SendResult Result() => ResultMaker.Make(mail, transaction, reply, failure, deadline.Elapsed, [.. Warnings(), .. mail?.Warning is { } own ? [own] : (SmtpError[])[]]).Without(_secrets);
    }

    private async ValueTask<ConnectionStatus> CheckAsync(bool async, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new Deadline(_time, _options.ConnectionTimeout, cancellationToken, _disposal.Token);
        SmtpConnection? connection = null;
        Failure? failure = null;
        try
        {
            await _pool.EnterAsync(async, deadline).ConfigureAwait(false);
            try
            {
                for (var fresh = false; ; fresh = true)
                {
                    connection = await _pool.TakeAsync(async, fresh).ConfigureAwait(false);
                    var wasUsed = connection.WasOpened;
                    try
                    {
                        if (!wasUsed)
                            await connection.OpenAsync(async, deadline).ConfigureAwait(false);
                        await connection.NoOpAsync(async, deadline).ConfigureAwait(false);
                        return StatusMaker.Make(connection, wasUsed, null, deadline.Elapsed, Warnings(), _secrets);
                    }
                    catch (Exception) when (wasUsed && !deadline.IsOver)
                    {
                        // Lost while it was idle: the question is whether a new one can be had.
                    }
                    finally
                    {
                        await _pool.GiveBackAsync(async, connection, deadline).ConfigureAwait(false);
                    }
                }
            }
            finally
            {
                _pool.Leave();
            }
        }
        catch (Exception exception)
        {
            failure = FailureJudge.Judge(exception, deadline, connection);
            if (deadline.CancelledByCaller && failure.Reply is null)
                throw new OperationCanceledException("The check was cancelled.", cancellationToken);
        }
        return StatusMaker.Make(connection, false, failure, deadline.Elapsed, Warnings(), _secrets);

    }

    private IReadOnlyList<SmtpError> Warnings() => _log?.TakeWarnings() ?? [];

    private async ValueTask OpenAsync(bool async, SmtpConnection connection, Deadline deadline)
    {
        using var connecting = deadline.Within(_options.ConnectionTimeout);
        try
        {
            await connection.OpenAsync(async, connecting).ConfigureAwait(false);
        }
        catch (Exception exception) when (connecting.TimedOut && exception is not ConnectionException)
        {
            throw new TimeoutException("ConnectionTimeout has passed.", exception);
        }
    }

    /// <summary>Lost before MAIL was answered: nothing was taken, and the same mail may go out over another connection.</summary>
    private static bool IsStale(SmtpConnection connection, Transaction transaction, Exception exception)
    {
        if (transaction.MessageSent)
            return false;
        if (connection.Own is null)
            return exception is MailKit.ServiceNotConnectedException;
        // A 421 is the server's good-bye; silence, that of a connection which had vanished while it was idle.
        return transaction.SenderRefusal is { Code: 421 } || connection.MayHaveVanished
            || (!transaction.MailAnswered && exception is SmtpProtocolException or IOException or MailKit.ServiceNotConnectedException);
    }

    private static ISmtpClient NewClient(Func<ISmtpClient> factory)
    {
        try
        {
            return factory() ?? throw new InvalidOperationException("it gave null");
        }
        catch (Exception exception)
        {
            throw new ConnectionException(SmtpErrorCodes.CallbackFailed, "conf", $"The client factory failed: {exception.Message}.", exception);
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
        await _pool.CloseAsync(async).ConfigureAwait(false);
        _log?.Dispose();
    }
}
