using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>Waits until a server that was started answers on its port.</summary>
internal static class PortProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until the port accepts a connection and sends the expected greeting (empty: any).</summary>
    /// <exception cref="TimeoutException">It did not.</exception>
    public static async Task WaitForAsync(int port, string greeting)
    {
        var greeted = await Poll.UntilAsync(() => GreetsAsync(port, greeting), Limit, CancellationToken.None);
        if (greeted is null)
            throw new TimeoutException($"Port {port} did not send '{greeting}' within {Limit.TotalSeconds} s.");
    }

    private static async Task<string?> GreetsAsync(int port, string greeting)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            if (greeting.Length == 0)
                return "";
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            var first = new byte[greeting.Length];
            await client.GetStream().ReadExactlyAsync(first, limit.Token);
            return Encoding.ASCII.GetString(first) == greeting ? greeting : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
