using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>
/// An SMTP server inside the test's process: real sockets on loopback, TLS, logins, a script for every fault, and everything that it
/// received. It keeps all mails in memory and delivers none. Thread-safe.
/// </summary>
/// <remarks>
/// RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8), 3030 (CHUNKING), 3461 (DSN),
/// 2920 (PIPELINING), 2034 (ENHANCEDSTATUSCODES).
/// </remarks>
/// <example><code>
/// await using var server = SmtpTestServer.Start();
/// // … send to server.Host, server.Port …
/// var mail = await server.WaitForMailAsync();
/// </code></example>
public sealed partial class SmtpTestServer : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan LongestShutdown = TimeSpan.FromSeconds(5);

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

    /// <summary>The host to connect to: <c>localhost</c>, for which the certificate is valid as for 127.0.0.1 and ::1; or the address
    /// itself where <see cref="SmtpTestServerOptions.Address"/> is another one than the IPv4 loopback.</summary>
    public string Host => IPAddress.Loopback.Equals(_options.Address) || IPAddress.Any.Equals(_options.Address)
        ? "localhost"
        : IPAddress.IPv6Any.Equals(_options.Address) ? "::1" : _options.Address.ToString();

    /// <summary>The port that is listened on.</summary>
    public int Port { get; }

    /// <summary>The certificate that is shown; unless one was given, a self-signed one (ECDSA P-256, valid for a year) that is disposed
    /// with the server. Null with <see cref="SmtpTestTlsMode.None"/>.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Where the server is told to misbehave. Empty at first.</summary>
    public SmtpScript Script => _state.Script;

    /// <summary>The mails received so far, in order of arrival. A snapshot.</summary>
    public IReadOnlyList<ReceivedMessage> Messages => _state.Mails;

    /// <summary>The sessions so far, in order of accept, ended ones too. A snapshot.</summary>
    public IReadOnlyList<SmtpTestSession> Sessions => _state.Sessions;

    /// <summary>Starts a server. It listens when this returns.</summary>
    /// <param name="options">Default: STARTTLS on 127.0.0.1 and a free port, no users, all extensions.</param>
    /// <returns>The server, to be disposed.</returns>
    /// <exception cref="ArgumentException">An option makes no sense; the message names it.</exception>
    /// <exception cref="SocketException">The port is taken, or the address is not this machine's.</exception>
    public static SmtpTestServer Start(SmtpTestServerOptions? options = null)
    {
        options ??= new SmtpTestServerOptions();
        options.Validate();
        return new SmtpTestServer(options);
    }

    /// <summary>Waits until a mail was received. There is no time limit but the token's.</summary>
    /// <param name="index">Its place in <see cref="Messages"/>, from 0.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>The mail.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed before the mail came.</exception>
    public async Task<ReceivedMessage> WaitForMessageAsync(int index = 0, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ReceivedMessage? message = null;
        await WaitAsync(() => (message = _state.MailAt(index)) is not null, ct).ConfigureAwait(false);
        return message!;
    }

    /// <summary>Waits until a session has begun and ended. There is no time limit but the token's.</summary>
    /// <param name="index">Its place in <see cref="Sessions"/>, from 0.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>A task.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed before the session began.</exception>
    public Task WaitForSessionEndAsync(int index = 0, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return WaitAsync(() => _state.SessionAt(index) is { IsOpen: false }, ct);
    }

    /// <summary>
    /// Gives the mails received so far and forgets them, in one step: none is lost in between, and a test that runs long need not keep them all.
    /// </summary>
    /// <returns>The mails, in order of arrival.</returns>
    public IReadOnlyList<ReceivedMessage> TakeMessages() => _state.TakeMails();

    /// <summary>Forgets the mails and the sessions that have ended. The script and open sessions stay.</summary>
    public void Clear() => _state.Clear();

    /// <summary>Stops listening, closes all connections, ends scripts that hang, and waits for the sessions, at most 5 seconds. What was
    /// received can still be read. May be called more than once.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.WaitAsync(LongestShutdown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var sessions = _running.Values;
        foreach (var (wire, _) in sessions)
            wire.Abort();
        var ending = Task.WhenAll(sessions.Select(s => s.Task));
        await ending.WaitAsync(LongestShutdown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        _stopped = true;
        _state.Changed.Pulse();
        if (_options.Certificate is null && ending.IsCompleted)
            Certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task WaitAsync(Func<bool> condition, CancellationToken ct)
    {
        while (true)
        {
            var changed = _state.Changed.Next();
            if (condition())
                return;
            ObjectDisposedException.ThrowIf(_stopped, this);
            await changed.WaitAsync(ct).ConfigureAwait(false);
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
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that was gone before it was accepted is no reason to stop.
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
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Reset by the client before the first option was set.
            socket.Dispose();
            return;
        }

        var session = _state.OpenSession();
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[session.Id] = (wire, RunAsync(start.Task));
        start.SetResult();

        // The session begins only when it is in the list, or its end could come before its entry.
        async Task RunAsync(Task started)
        {
            await started.ConfigureAwait(false);
            await new Conversation(_state, session, wire).RunAsync().ConfigureAwait(false);
            _running.TryRemove(session.Id, out _);
        }
    }
}
