using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport;

/// <summary>Receives the browser that returns from the page of the authorization server (RFC 8252, section 7.3).</summary>
/// <remarks>
/// Only the request with the right state ends the wait: any program of the machine, and any page in the browser, can send others.
/// </remarks>
internal sealed class RedirectListener : IDisposable
{
    private const int MaxRequest = 16 * 1024;
    private const int MaxAttempts = 20;

    private readonly byte[] _state;
    private readonly List<TcpListener> _listeners = [];
    private readonly TaskCompletionSource<string> _code = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();

    public RedirectListener(string state)
    {
        _state = Encoding.ASCII.GetBytes(state);
        Url = new Uri($"http://localhost:{ListenOnBoth()}/");
        foreach (var listener in _listeners)
            _ = AcceptAsync(listener);
    }

    public Uri Url { get; }

    /// <exception cref="AccessTokenException">The user, or the server, refused.</exception>
    public Task<string> WaitForCodeAsync(CancellationToken cancellationToken) => _code.Task.WaitAsync(cancellationToken);

    public void Dispose()
    {
        _stop.Cancel();
        _listeners.ForEach(l => l.Stop());
        _stop.Dispose();
    }

    // A browser may resolve localhost to either address: the port must not be another program's on one of them.
    private int ListenOnBoth()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = Listen(IPAddress.Loopback, 0);
            try
            {
                Listen(IPAddress.IPv6Loopback, port);
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse && attempt < MaxAttempts)
            {
                _listeners[0].Stop();
                _listeners.Clear();
            }
            catch (SocketException exception) when (exception.SocketErrorCode is not SocketError.AddressAlreadyInUse)
            {
                // Not every machine has IPv6.
                return port;
            }
        }
    }

    private int Listen(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw;
        }
        _listeners.Add(listener);
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        var stop = _stop.Token;
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // A browser opens connections on which it sends nothing, so each is served by itself.
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stop).ConfigureAwait(false), stop);
                failures = 0;
            }
            // One connection that was lost before it was accepted is not the end.
            catch (SocketException exception) when (!stop.IsCancellationRequested)
            {
                if (++failures < MaxAttempts)
                    continue;
                _code.TrySetException(new AccessTokenException(
                    $"The browser cannot return to this machine: {exception.Message.TrimEnd('.')}. Sign in again.",
                    isTransient: true, exception));
                return;
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException
                or InvalidOperationException)
            {
                // The end of the sign-in.
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient connection, CancellationToken stop)
    {
        using var closed = connection;
        try
        {
            var stream = connection.GetStream();
            var (answer, complete) = Answer(await ReadTargetAsync(stream, stop).ConfigureAwait(false));
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), stop).ConfigureAwait(false);
            }
            finally
            {
                // After the page, because the end of the sign-in closes the connection; also if the browser does not wait for the page.
                complete?.Invoke();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The browser has gone; another request may come.
        }
    }

    /// <summary>Reads "GET /?code=… HTTP/1.1" and the fields behind it; returns "/?code=…", or "" if it is something else.</summary>
    private static async Task<string> ReadTargetAsync(NetworkStream stream, CancellationToken stop)
    {
        var (buffer, length, read) = (new byte[MaxRequest], 0, 0);
        while (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            if (length == buffer.Length || (read = await stream.ReadAsync(buffer.AsMemory(length), stop).ConfigureAwait(false)) == 0)
                return "";
            length += read;
        }
        var words = Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan(0, length).IndexOf("\r\n"u8)).Split(' ');
        return words is ["GET", var target, _] ? target : "";
    }

    private (string Answer, Action? Complete) Answer(string target)
    {
        if (!target.StartsWith("/?", StringComparison.Ordinal) || Values(target[2..]) is not { } values
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(values.GetValueOrDefault("state", "")), _state))
            return (Page("404 Not Found", "There is nothing here."), null);
        if (values.GetValueOrDefault("code") is { Length: > 0 } code)
            return (Page("200 OK", "You have signed in. You can close this window."), () => _code.TrySetResult(code));
        var error = ServerText.Clean(values.GetValueOrDefault("error", "no code"));
        var description = ServerText.Clean(values.GetValueOrDefault("error_description", ""));
        var failure = new AccessTokenException(
            $"The sign-in was refused: {$"{error} {description}".TrimEnd().TrimEnd('.')}. Sign in again, and consent.", isTransient: false)
        {
            Error = error,
        };
        return (Page("200 OK", "The sign-in was refused. You can close this window."), () => _code.TrySetException(failure));
    }

    private static Dictionary<string, string>? Values(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            // A parameter that comes twice is an attack or a mistake (RFC 6749, section 3.1).
            if (equals > 0 && !values.TryAdd(pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..].Replace('+', ' '))))
                return null;
        }
        return values;
    }

    private static string Page(string status, string sentence)
    {
        var body = $"<!doctype html><title>Sign-in</title><p>{sentence}</p>";
        return $"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {body.Length}\r\n"
            + "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n" + body;
    }
}
