using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>Any name has these addresses; without one, no name is known.</summary>
internal sealed class FixedResolver(params IPAddress[] addresses) : INameResolver
{
    public IPAddress[] Resolve(string host, Deadline deadline) =>
        addresses.Length == 0 ? throw new SocketException((int)SocketError.HostNotFound) : addresses;

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Task.Run(() => addresses.Length == 0 ? throw new SocketException((int)SocketError.HostNotFound) : addresses, cancellationToken);
}
