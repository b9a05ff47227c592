using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.Lab;

/// <summary>What a server says to EHLO on its ports, before and after STARTTLS.</summary>
/// <remarks>The file <c>ehlo.txt</c> of each server has the same text.</remarks>
internal static class EhloTable
{
    public static string FileOf(LabServer server) => Path.Combine(LabFolder.Project, "servers", server.Name, "ehlo.txt");

    public static async Task<string> ReadAsync(LabServer server, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        if (server.ClearPort != 0)
            await AppendAsync(text, server.ClearPort, hasTls: false, cancellation);
        await AppendAsync(text, server.Port, server.HasTls, cancellation);
        return text.ToString();
    }

    private static async Task AppendAsync(StringBuilder text, int port, bool hasTls, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellation);
        var stream = client.GetStream();
        await ReadReplyAsync(stream, cancellation);
        text.Append(CultureInfo.InvariantCulture, $"port {port}\n").Append(await AskAsync(stream, "EHLO client.test", cancellation));
        if (!hasTls)
            return;
        await AskAsync(stream, "STARTTLS", cancellation);
        // The certificate is not what is tested here.
#pragma warning disable CA5359
        using var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellation);
        text.Append(
            CultureInfo.InvariantCulture, $"port {port} after STARTTLS\n").Append(await AskAsync(secure, "EHLO client.test", cancellation));
    }

    // The keywords in the order of the alphabet, without the first line, which greets.
    private static async Task<string> AskAsync(Stream stream, string command, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"), cancellation);
        var lines = await ReadReplyAsync(stream, cancellation);
        return string.Concat(lines.Skip(1).Select(line => $"    {line[4..].TrimEnd()}\n").Order(StringComparer.Ordinal));
    }

    private static async Task<List<string>> ReadReplyAsync(Stream stream, CancellationToken cancellation)
    {
        var lines = new List<string>();
        do
        {
            var line = new List<byte>();
            var octet = new byte[1];
            while (line is not [.., (byte)'\n'])
            {
                await stream.ReadExactlyAsync(octet, cancellation);
                line.Add(octet[0]);
            }
            lines.Add(Encoding.UTF8.GetString([.. line]).TrimEnd());
        }
        while (lines[^1] is { Length: > 3 } last && last[3] == '-');
        return lines;
    }
}
