using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>Resolves every name to these addresses; without an address, it resolves no name.</summary>
internal sealed class FixedResolver(params IPAddress[] addresses) : INameResolver
{
    public IPAddress[] Resolve(string host, Deadline deadline) =>
        addresses.Length == 0 ? throw new SocketException((int)SocketError.HostNotFound) : addresses;

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Task.Run(() => addresses.Length == 0 ? throw new SocketException((int)SocketError.HostNotFound) : addresses, cancellationToken);
}
