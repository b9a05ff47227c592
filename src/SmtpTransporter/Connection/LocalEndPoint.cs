using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace SmtpTransport;

/// <summary>The end of a connection on this machine, if the options name its address.</summary>
internal static class LocalEndPoint
{
    /// <summary>Those of a server's addresses that can be reached from an address: those of its family.</summary>
    /// <exception cref="SendFailureException">There is none.</exception>
    public static IPAddress[] Reachable(IPAddress[] addresses, ref IPAddress local, string host)
    {
        if (local.IsIPv4MappedToIPv6)
            local = local.MapToIPv4();
        var family = local.AddressFamily;
        var reachable = Array.FindAll(addresses, a => a.AddressFamily == family);
        return reachable.Length > 0
            ? reachable
            : throw Unusable(
                local,
                $"is {NameOf(family)}, and \"{host}\" has only {NameOf(addresses[0].AddressFamily)}: "
                + $"{string.Join(", ", addresses.AsEnumerable())}");
    }

    /// <exception cref="SendFailureException">The address is not one of this machine.</exception>
    public static void Bind(Socket socket, IPAddress local)
    {
        try
        {
            socket.Bind(new IPEndPoint(local, 0));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            var own = Own(local.AddressFamily);
            throw Unusable(
                local,
                $"is not an address of this machine, which has {(own.Length == 0 ? "none of that family" : string.Join(", ", own))}",
                exception);
        }
    }

    private static SendFailureException Unusable(IPAddress local, string reason, Exception? inner = null) =>
        new(SmtpErrorCodes.LocalAddressUnusable, "tcp", $"LocalAddress {local} {reason:own}.", inner);

    private static string NameOf(AddressFamily family) => family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";

    private static string[] Own(AddressFamily family)
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Where(a => a.Address.AddressFamily == family).Select(a => a.Address.ToString()).Distinct()];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
