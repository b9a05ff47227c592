using System.Net;
using System.Runtime.ExceptionServices;

namespace SmtpTransport;

/// <summary>The system's resolver, which knows no time limit of its own: a thread that hangs in it is left behind.</summary>
internal sealed class SystemResolver(Func<string, IPAddress[]>? lookup = null) : INameResolver
{
    private readonly Func<string, IPAddress[]> _lookup = lookup ?? Dns.GetHostAddresses;

    public IPAddress[] Resolve(string host, Deadline deadline)
    {
        IPAddress[]? found = null;
        ExceptionDispatchInfo? failure = null;
        // Not disposed: the thread may outlive this call.
        var done = new ManualResetEventSlim();
        new Thread(() =>
        {
            try
            {
                found = _lookup(host);
            }
#pragma warning disable CA1031 // On a thread of its own, what is not caught ends the process.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
            finally
            {
                done.Set();
            }
        })
        { IsBackground = true, Name = "SmtpTransporter resolver" }.Start();
        if (!done.Wait(deadline.RemainingMilliseconds, deadline.Token))
            throw new TimeoutException($"The name \"{host}\" was not resolved in time.");
        failure?.Throw();
        return found!;
    }

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(cancellationToken);
}
