using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>
/// What listens on a port and is not a server of SMTP: it says something to each who connects, at once or when it is asked.
/// </summary>
internal sealed class SpeakingServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    /// <param name="says">What it says.</param>
    /// <param name="asked">Whether it waits until it has received something.</param>
    /// <param name="address">Where it listens.</param>
    public SpeakingServer(byte[] says, bool asked, IPAddress? address = null)
    {
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _running = RunAsync(says, asked);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _listener.Stop();
        _end.Dispose();
    }

    private async Task RunAsync(byte[] says, bool asked)
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_end.Token);
                var stream = client.GetStream();
                var buffer = new byte[1024];
                if (asked)
                    await stream.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, _end.Token);
                await stream.WriteAsync(says, _end.Token);
                // Until the other side has read it and closes.
                while (await stream.ReadAsync(buffer, _end.Token) > 0)
                {
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
        {
            // The test is over, or the client has ended the connection by a reset.
        }
    }
}
