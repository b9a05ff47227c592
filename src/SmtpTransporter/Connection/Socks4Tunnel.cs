using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport;

/// <summary>Opens a tunnel with SOCKS 4, or with SOCKS 4A for a name, which the proxy resolves. Only to IPv4.</summary>
internal static class Socks4Tunnel
{
    private const byte Granted = 90;
    private const byte Rejected = 91;
    private const byte NoIdentification = 92;
    private const byte OtherIdentification = 93;

    public static async ValueTask OpenAsync(ProxyDialogue dialogue, string host, int port)
    {
        var isAddress = IPAddress.TryParse(host, out var address);
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
            throw dialogue.Fail(
                SmtpErrorCodes.ProxyForbidden, $"speaks SOCKS 4, which has no IPv6, and \"{host:own}\" has no IPv4 address: use socks5://");
        // An address that begins with three zeros stands for the name behind the user.
        byte[] bytes = isAddress ? address!.MapToIPv4().GetAddressBytes() : [0, 0, 0, 1];
        byte[] name = isAddress ? [] : [.. Encoding.ASCII.GetBytes(Socks5Tunnel.Ascii(host)), 0];
        await dialogue.WriteAsync(
            (byte[])[4, 1, .. Socks5Tunnel.Port(port), .. bytes, .. Encoding.UTF8.GetBytes(dialogue.Proxy.User ?? ""), 0, .. name])
            .ConfigureAwait(false);
        // The version of the reply is 0; some proxies write that of the request.
        var version = (await dialogue.ReadAsync(1).ConfigureAwait(false))[0];
        if (version is not (0 or 4))
            throw dialogue.NotThisKind(version);
        var code = (await dialogue.ReadAsync(7).ConfigureAwait(false))[0];
        if (code != Granted)
            throw Refused(dialogue, code, $"{host}:{port}");
    }

    private static SendFailureException Refused(ProxyDialogue dialogue, byte code, string target) => code switch
    {
        Rejected => dialogue.Fail(
            SmtpErrorCodes.ProxyCannotConnect, $"could not connect to {target:own}, or forbids it: SOCKS 4 does not say which"),
        NoIdentification or OtherIdentification => dialogue.Fail(
            dialogue.Proxy.User is null ? SmtpErrorCodes.ProxyAuthenticationRequired : SmtpErrorCodes.ProxyAuthenticationFailed,
            $"does not take this user (identd)"),
        _ => dialogue.NotThisKind(code),
    };
}
