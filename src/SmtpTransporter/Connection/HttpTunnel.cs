using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// Opens a tunnel with CONNECT (RFC 9110, section 9.3.6). The proxy resolves names; a user and a password are sent as Basic (RFC 7617).
/// </summary>
internal static class HttpTunnel
{
    private const int MaxHeaderLength = 16 * 1024;
    private const string Challenge = "Proxy-Authenticate:";

    public static async ValueTask OpenAsync(ProxyDialogue dialogue, string host, int port)
    {
        var target = string.Create(
            CultureInfo.InvariantCulture,
            $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : Socks5Tunnel.Ascii(host))}:{port}");
        var authorization = BasicOf(dialogue.Proxy) is { } basic ? $"Proxy-Authorization: Basic {basic}\r\n" : "";
        await dialogue.WriteAsync(Encoding.ASCII.GetBytes(
            $"CONNECT {target:own} HTTP/1.1\r\nHost: {target:own}\r\n{authorization}\r\n")).ConfigureAwait(false);
        string[] lines;
        int status;
        do
        {
            lines = await ReadHeaderAsync(dialogue).ConfigureAwait(false);
            status = StatusOf(lines[0]) ?? throw dialogue.NotThisKind(0xff);
        }
        while (status is >= 100 and < 200);
        if (status is < 200 or > 299)
            throw Refused(dialogue, status, lines, target);
    }

    /// <summary>User and password as they are sent; null if there are none.</summary>
    private static string? BasicOf(ProxyAddress proxy) =>
        proxy.User is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes($"{proxy.User}:{proxy.Password}"));

    // Byte by byte: what follows the header comes from the server.
    private static async ValueTask<string[]> ReadHeaderAsync(ProxyDialogue dialogue)
    {
        var header = new StringBuilder();
        while (header.Length < MaxHeaderLength)
        {
            var next = (await dialogue.ReadAsync(1).ConfigureAwait(false))[0];
            if (header.Length < 5 && next != "HTTP/"[header.Length])
                throw dialogue.NotThisKind(header.Length == 0 ? next : (byte)0xff);
            header.Append((char)next);
            if (next == '\n' && header is [.., '\n', '\r', '\n'] or [.., '\n', '\n'])
                return header.ToString().Split('\n', StringSplitOptions.TrimEntries);
        }
        throw dialogue.Fail(
            SmtpErrorCodes.ProxyProtocolError, $"sent a header of more than {MaxHeaderLength} bytes");
    }

    private static int? StatusOf(string line) =>
        line.Split(' ') is [_, { Length: 3 } code, ..]
            && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status >= 100
            ? status
            : null;

    private static SendFailureException Refused(ProxyDialogue dialogue, int status, string[] lines, string target)
    {
        var answer = $"\"{ServerText.Clean(lines[0][..Math.Min(lines[0].Length, 200)])}\"";
        // A wrong password is 401 for Tinyproxy.
        if (status is 407 or 401)
        {
            var offered = lines.Where(l => l.StartsWith(Challenge, StringComparison.OrdinalIgnoreCase))
                .Select(l => l[Challenge.Length..].Trim().Split(' ')[0]).Where(s => s.Length is > 0 and < 40).ToList();
            if (offered.Count > 0 && !offered.Contains("Basic", StringComparer.OrdinalIgnoreCase))
                return dialogue.Fail(
                    SmtpErrorCodes.ProxyAuthenticationRequired,
                    $"requires {ServerText.Clean(string.Join(" or ", offered))}; only Basic is supported");
            return dialogue.Proxy.User is null
                ? dialogue.Fail(SmtpErrorCodes.ProxyAuthenticationRequired, $"requires authentication: set user and password in Proxy")
                : dialogue.Fail(SmtpErrorCodes.ProxyAuthenticationFailed, $"refused the user and the password");
        }
        // Too slow (408), too early (425), too often (429): another attempt may do.
        return status is 404 or 408 or 425 or 429 or >= 500
            ? dialogue.Fail(SmtpErrorCodes.ProxyCannotConnect, $"could not connect to {target:own}: {answer}")
            : dialogue.Fail(SmtpErrorCodes.ProxyForbidden, $"does not connect to {target:own}: {answer}. Many allow port 443 only");
    }
}
