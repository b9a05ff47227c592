using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>An SMTP server in the test's own process, with real sockets, TLS, authentication, and a script for every fault.</summary>
/// <remarks>
/// <para>It keeps all messages in memory and delivers none.</para>
/// <para>It implements RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8),
/// RFC 3030 (CHUNKING), RFC 3461 (DSN), RFC 2920 (PIPELINING) and RFC 2034 (ENHANCEDSTATUSCODES).</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
/// <example><code>
/// await using var server = SmtpTestServer.Start();
/// // … send to server.Host, server.Port …
/// var message = await server.WaitForMessageAsync();
/// </code></example>
public sealed partial class SmtpTestServer : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly SmtpTestServerOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, (Wire Wire, Task Task)> _running = new();
    private readonly ServerState _state;
    private readonly Socket _listener;
    private readonly Task _accepting;
    private int _disposed;
    private volatile bool _stopped;

    private SmtpTestServer(SmtpTestServerOptions options)
    {
        _options = options;
        Certificate = options.Tls == SmtpTestTlsMode.None ? null : options.Certificate ?? TestCertificate.Create();
        _state = new ServerState(options, Certificate, _stop.Token);
        _listener = new Socket(options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(options.Address, options.Port));
            _listener.Listen(1024);
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The host to connect to: <c>localhost</c>, or the address if the server does not listen on the IPv4 loopback.</summary>
    /// <remarks>The server's own certificate is valid for <c>localhost</c>, 127.0.0.1 and ::1.</remarks>
    public string Host => IPAddress.Loopback.Equals(_options.Address) || IPAddress.Any.Equals(_options.Address)
        ? "localhost"
        : IPAddress.IPv6Any.Equals(_options.Address) ? "::1" : _options.Address.ToString();

    /// <summary>The port on which the server listens.</summary>
    public int Port { get; }

    /// <summary>The certificate that the server presents; null with <see cref="SmtpTestTlsMode.None"/>.</summary>
    /// <remarks>
    /// Unless <see cref="SmtpTestServerOptions.Certificate"/> is set it is self-signed (ECDSA P-256, valid for a year) and disposed with
    /// the server.
    /// </remarks>
    public X509Certificate2? Certificate { get; }

    /// <summary>The rules that make the server depart from its normal behavior. Default: no rules.</summary>
    public SmtpScript Script => _state.Script;

    /// <summary>A snapshot of the messages that were received, in order of arrival.</summary>
    public IReadOnlyList<ReceivedMessage> Messages => _state.Messages;

    /// <summary>A snapshot of the sessions, in the order in which they were accepted, including those that have ended.</summary>
    /// <remarks>With <see cref="SmtpTestServerOptions.KeepSessions"/> false, it has the open ones only.</remarks>
    public IReadOnlyList<SmtpTestSession> Sessions => _state.Sessions;

    /// <summary>Starts a server, which listens when this method returns.</summary>
    /// <param name="options">The options; null (default) for STARTTLS on 127.0.0.1 and a free port, no users, and all extensions.</param>
    /// <returns>The server; dispose it at the end of the test.</returns>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    /// <exception cref="SocketException">The port is in use, or the address does not belong to this machine.</exception>
    public static SmtpTestServer Start(SmtpTestServerOptions? options = null)
    {
        options ??= new SmtpTestServerOptions();
        options.Validate();
        return new SmtpTestServer(options);
    }

    /// <summary>Waits until a message was received.</summary>
    /// <remarks>There is no time limit other than the token's.</remarks>
    /// <param name="index">The index of the message in <see cref="Messages"/>. Default: 0.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The message.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed before the message was received.</exception>
    public async Task<ReceivedMessage> WaitForMessageAsync(int index = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ReceivedMessage? message = null;
        await WaitAsync(() => (message = _state.FindMessage(index)) is not null, cancellationToken).ConfigureAwait(false);
        return message!;
    }

    /// <summary>Waits until a session has begun and ended.</summary>
    /// <remarks>There is no time limit other than the token's.</remarks>
    /// <param name="index">The index of the session in <see cref="Sessions"/>. Default: 0.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when the session has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed before the session began.</exception>
    public Task WaitForSessionEndAsync(int index = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return WaitAsync(() => _state.FindSession(index) is { IsOpen: false }, cancellationToken);
    }

    /// <summary>Removes the messages that were received, and returns them.</summary>
    /// <remarks>Both happen in one step, so that no message is lost in between. A test that runs long need not keep all messages.</remarks>
    /// <returns>The messages, in order of arrival.</returns>
    public IReadOnlyList<ReceivedMessage> TakeMessages() => _state.TakeMessages();

    /// <summary>Removes the messages and the sessions that have ended. The script and the open sessions stay.</summary>
    public void Clear() => _state.Clear();

    /// <summary>Stops listening, closes all connections, ends scripts that hang, and waits for the sessions.</summary>
    /// <remarks>
    /// It waits for at most 5 seconds. Messages and sessions can still be read afterward. A second call does nothing.
    /// </remarks>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A task that completes when the server has stopped.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.WaitAsync(ShutdownTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var sessions = _running.Values;
        foreach (var (wire, _) in sessions)
            wire.Abort();
        var ending = Task.WhenAll(sessions.Select(s => s.Task));
        await ending.WaitAsync(ShutdownTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        _stopped = true;
        _state.Changed.Pulse();
        if (_options.Certificate is null && ending.IsCompleted)
            Certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task WaitAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _state.Changed.GetNextPulse();
            if (condition())
                return;
            ObjectDisposedException.ThrowIf(_stopped, this);
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that closed its connection before it was accepted is not a reason to stop.
                if (_stop.IsCancellationRequested)
                    return;
                continue;
            }
            Begin(socket);
        }
    }

    private void Begin(Socket socket)
    {
        Wire wire;
        try
        {
            wire = new Wire(socket, _stop.Token);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // The client reset the connection before the first option was set.
            socket.Dispose();
            return;
        }
        var session = _state.OpenSession();
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[session.Id] = (wire, RunAsync(start.Task));
        start.SetResult();

        // The session begins only when it is in the list: otherwise it could end before it is added.
        async Task RunAsync(Task started)
        {
            await started.ConfigureAwait(false);
            await new Conversation(_state, session, wire).RunAsync().ConfigureAwait(false);
            _running.TryRemove(session.Id, out _);
        }
    }
}
