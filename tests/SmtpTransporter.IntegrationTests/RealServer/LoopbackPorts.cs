using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>Picks different ports of 127.0.0.1 that are not in use.</summary>
internal static class LoopbackPorts
{
    public static int[] Pick(int count)
    {
        // All are held until the last is known, so that no port is picked twice.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(l => l.Start());
            return [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
        }
    }
}
