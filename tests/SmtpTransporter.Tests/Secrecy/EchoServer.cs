using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport.Tests;

/// <summary>
/// A server with TLS from the first byte that offers one mechanism, accepts every password, records each line of the authentication, and
/// echoes everything that it knows of the secret if its <see cref="Manner"/> demands it.
/// </summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _sessions = [];
    private readonly SemaphoreSlim _hanging = new(0);
    private readonly SslStreamCertificateContext _certificate;
    private readonly string _mechanism;
    private readonly string _secret;
    private readonly Manner _manner;
    private readonly Task _accepting;

    public EchoServer(string mechanism, string secret, Manner manner, X509Certificate2 certificate)
    {
        (_mechanism, _secret, _manner) = (mechanism, secret, manner);
        _certificate = SslStreamCertificateContext.Create(certificate, null, offline: true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>What the client sent during authentication, except AUTH itself.</summary>
    public ConcurrentQueue<string> Replies { get; } = new();

    /// <summary>Waits until one more authentication is left without a reply.</summary>
    public Task HangsAsync(CancellationToken cancellationToken) => _hanging.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions);
        _hanging.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _sessions.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await using var tls = new SslStream(new NetworkStream(socket));
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificateContext = _certificate }, _stop.Token);
                using var reader = new StreamReader(tls, new UTF8Encoding(false));
                await new Session(this, socket, tls, reader).RunAsync();
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException
                or System.Security.Authentication.AuthenticationException)
            {
                // The client has closed the connection, or the test is over.
            }
        }
    }

    private sealed class Session(EchoServer server, Socket socket, SslStream tls, StreamReader reader)
    {
        private readonly Manner _manner = server._manner;

        // Of this connection only: on another one, the client may not know yet that they were removed.
        private readonly List<string> _replies = [];

        public async Task RunAsync()
        {
            await SayAsync(220, "localhost ready", _manner == Manner.EchoAll);
            while (await ReadAsync() is { } line)
            {
                switch (line.Split(' ')[0])
                {
                    case "EHLO":
                        await SayAsync(250, $"AUTH {server._mechanism}", _manner == Manner.EchoAll, "localhost\r\n250-8BITMIME");
                        break;
                    case "AUTH":
                        if (!await LogInAsync(line))
                            return;
                        break;
                    case "MAIL":
                        await SayAsync(_manner == Manner.DemandLogin ? 530 : _manner == Manner.RefuseSender ? 550 : 250, "sender");
                        break;
                    case "RCPT":
                        await SayAsync(_manner == Manner.RefuseRecipient ? 550 : 250, "recipient");
                        break;
                    case "DATA":
                        await SayAsync(_manner == Manner.RefuseData ? 451 : 354, "go on");
                        break;
                    case ".":
                        await SayAsync(
                            _manner == Manner.RefuseMessage ? 554 : 250,
                            _manner == Manner.EchoAll ? $"Ok: queued as {server._secret}" : "Ok: queued as 4F1C2A0B");
                        break;
                    case "QUIT":
                        await SayAsync(221, "bye");
                        return;
                    case "RSET" or "NOOP":
                        await SayAsync(250, "done");
                        break;
                }
            }
        }

        /// <returns>False if the connection ends.</returns>
        private async Task<bool> LogInAsync(string command)
        {
            var exchange = new SaslServer(server._mechanism, server._secret);
            var words = command.Split(' ');
            var reply = words.Length > 2 ? words[2] : null;
            while (true)
            {
                if (reply is not null)
                {
                    server.Replies.Enqueue(reply);
                    _replies.Add(reply);
                }

                if (_replies.Count == 0 && exchange.Next(reply) is { } first)
                {
                    // The server does nothing to a client that has not sent its first response.
                    reply = await AskAsync(first);
                    continue;
                }

                switch (_manner)
                {
                    case Manner.Reset:
                        socket.LingerState = new LingerOption(true, 0);
                        socket.Close();
                        return false;
                    case Manner.Hang or Manner.Cancel:
                        server._hanging.Release();
                        // Until the client closes the connection.
                        await ReadAsync();
                        return false;
                    case Manner.ClosingDown:
                        await SayAsync(421, "closing down");
                        return false;
                    case Manner.Garbage:
                        await WriteAsync($"what is {Echo()}?\r\n");
                        return false;
                    case Manner.Endless:
                        reply = await AskAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(Echo())));
                        continue;
                    case Manner.JsonError:
                        var json = System.Text.Json.JsonSerializer.Serialize(new { status = "401", token = server._secret, echo = Echo() });
                        if (await AskAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(json))) is null)
                            return false;
                        await SayAsync(535, "refused");
                        return true;
                }

                if (exchange.Next(reply) is { } challenge)
                {
                    reply = await AskAsync(challenge);
                    if (reply is null)
                        return false;
                    continue;
                }

                await SayAsync(_manner switch { Manner.Refuse => 535, Manner.NotNow => 454, _ => 235 }, "login");
                return true;
            }
        }

        private async Task<string?> AskAsync(string challenge)
        {
            await WriteAsync($"334 {challenge}\r\n");
            return await reader.ReadLineAsync(server._stop.Token);
        }

        private async Task<string?> ReadAsync() => await reader.ReadLineAsync(server._stop.Token);

        /// <summary>Sends a reply, with everything that is known of the secret before its last line if the manner demands it.</summary>
        private Task SayAsync(int code, string text, bool? echo = null, string? before = null)
        {
            var reply = new StringBuilder(before is null ? "" : $"{code}-{before}\r\n");
            if (echo ?? _manner.Echoes() && code != 354)
            {
                foreach (var line in Echoes())
                    reply.Append(code).Append("-XECHO ").Append(line).Append("\r\n");
            }

            return WriteAsync(reply.Append(code).Append(' ').Append(text).Append("\r\n").ToString());
        }

        private string Echo() => string.Join(' ', Echoes());

        private IEnumerable<string> Echoes()
        {
            var bytes = Encoding.UTF8.GetBytes(server._secret);
            yield return server._secret;
            yield return Convert.ToBase64String(bytes);
            yield return Uri.EscapeDataString(server._secret);
            yield return System.Text.Json.JsonSerializer.Serialize(server._secret);
            yield return Encoding.Latin1.GetString(bytes);
            foreach (var sent in _replies)
            {
                yield return sent;
                var buffer = new byte[sent.Length];
                if (Convert.TryFromBase64String(sent, buffer, out var length))
                    yield return string.Concat(Encoding.UTF8.GetString(buffer, 0, length).Select(c => char.IsControl(c) ? ' ' : c));
            }
        }

        private async Task WriteAsync(string text) => await tls.WriteAsync(Encoding.UTF8.GetBytes(text), server._stop.Token);
    }
}
