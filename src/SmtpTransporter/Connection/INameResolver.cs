using System.Net;

namespace SmtpTransport;

/// <summary>Finds the addresses of a host name. The seam by which tests have a name that never resolves.</summary>
internal interface INameResolver
{
    IPAddress[] Resolve(string host, Deadline deadline);

    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}
