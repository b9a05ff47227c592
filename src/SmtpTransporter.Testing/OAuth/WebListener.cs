using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Testing;

/// <summary>A minimal HTTP server on 127.0.0.1 and a free port: one request for each connection.</summary>
internal sealed class WebListener : IDisposable
{
    private readonly Func<WebRequest, CancellationToken, Task<WebReply>> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private int _disposed;

    public WebListener(Func<WebRequest, CancellationToken, Task<WebReply>> answer)
    {
        _answer = answer;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_stop.Token);
    }

    public int Port { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(stop).ConfigureAwait(false), stop);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // It is being disposed, or a client closed its connection before it was accepted.
            }
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using var closed = client;
        try
        {
            var stream = client.GetStream();
            if (await WebRequest.ReadAsync(stream, stop).ConfigureAwait(false) is not { } request)
                return;
            var reply = await _answer(request, stop).ConfigureAwait(false);
            await stream.WriteAsync(reply.ToBytes(), stop).ConfigureAwait(false);
            // Closing with unread bytes would reset the connection and lose the reply.
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone, or the server is being disposed.
        }
    }
}
