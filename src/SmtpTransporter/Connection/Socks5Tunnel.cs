using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace SmtpTransport;

/// <summary>Opens a tunnel with SOCKS 5 (RFC 1928; user and password: RFC 1929). The proxy resolves names.</summary>
internal static class Socks5Tunnel
{
    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte NoneAcceptable = 0xff;

    public static async ValueTask OpenAsync(ProxyDialogue dialogue, string host, int port)
    {
        await dialogue.WriteAsync(
            dialogue.Proxy.User is null ? new byte[] { Version, 1, NoAuthentication }
                : new byte[] { Version, 2, NoAuthentication, UserAndPassword }).ConfigureAwait(false);
        var version = await dialogue.ReadAsync(1).ConfigureAwait(false);
        if (version[0] != Version)
            throw dialogue.NotThisKind(version[0]);
        var method = (await dialogue.ReadAsync(1).ConfigureAwait(false))[0];
        if (method == UserAndPassword && dialogue.Proxy.User is not null)
            await LogInAsync(dialogue).ConfigureAwait(false);
        else if (method != NoAuthentication)
            throw NoMethod(dialogue, method);
        await dialogue.WriteAsync((byte[])[Version, 1, 0, .. Address(host), .. Port(port)]).ConfigureAwait(false);
        await ReadReplyAsync(dialogue, host, port).ConfigureAwait(false);
    }

    public static byte[] Port(int port)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)port);
        return bytes;
    }

    public static string Ascii(string host) => host.All(char.IsAscii) ? host : new IdnMapping().GetAscii(host);

    private static byte[] Address(string host) =>
        IPAddress.TryParse(host, out var address) ? [(byte)(address.GetAddressBytes().Length == 4 ? 1 : 4), .. address.GetAddressBytes()]
            : [3, .. Counted(Ascii(host))];

    private static byte[] Counted(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)bytes.Length, .. bytes];
    }

    private static async ValueTask LogInAsync(ProxyDialogue dialogue)
    {
        await dialogue.WriteAsync(
            (byte[])[1, .. Counted(dialogue.Proxy.User!), .. Counted(dialogue.Proxy.Password ?? "")]).ConfigureAwait(false);
        var reply = await dialogue.ReadAsync(2).ConfigureAwait(false);
        if (reply[1] != 0)
            throw dialogue.Fail(SmtpErrorCodes.ProxyAuthenticationFailed, $"refused the user and the password");
    }

    private static SendFailureException NoMethod(ProxyDialogue dialogue, byte method) =>
        method != NoneAcceptable
            ? dialogue.Fail(SmtpErrorCodes.ProxyProtocolError, $"chose authentication {method}, which was not offered")
        : dialogue.Proxy.User is null
            ? dialogue.Fail(SmtpErrorCodes.ProxyAuthenticationRequired, $"requires authentication: set user and password in Proxy")
        : dialogue.Fail(SmtpErrorCodes.ProxyAuthenticationFailed, $"accepts neither a user with a password nor no authentication");

    private static async ValueTask ReadReplyAsync(ProxyDialogue dialogue, string host, int port)
    {
        var reply = await dialogue.ReadAsync(5).ConfigureAwait(false);
        if (reply[0] != Version)
            throw dialogue.NotThisKind(reply[0]);
        if (reply[1] != 0)
            throw Refused(dialogue, reply[1], $"{host}:{port}");
        // The address that the proxy connects from; its first byte was read.
        var rest = reply[3] switch
        {
            1 => 4,
            3 => reply[4] + 1,
            4 => 16,
            _ => throw dialogue.NotThisKind(reply[3]),
        };
        await dialogue.ReadAsync(rest - 1 + 2).ConfigureAwait(false);
    }

    private static SendFailureException Refused(ProxyDialogue dialogue, byte code, string target)
    {
        if (code == 2)
            return dialogue.Fail(SmtpErrorCodes.ProxyForbidden, $"forbids connections to {target:own} (its rules)");
        var why = code switch
        {
            1 => "general failure",
            3 => "the network is unreachable",
            4 => "the host is unreachable, or its name is unknown",
            5 => "the connection was refused",
            6 => "the time to live has expired",
            7 => "the proxy knows no CONNECT",
            8 => "the proxy does not know this type of address",
            _ => $"code {code}",
        };
        return dialogue.Fail(SmtpErrorCodes.ProxyCannotConnect, $"could not connect to {target:own}: {why:own}");
    }
}
