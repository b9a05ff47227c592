using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SmtpTransport.Testing;

namespace SmtpTransport.Tests.Testing;

/// <summary>A client that says exactly what a test tells it to, byte for byte.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private readonly CancellationToken _ct;
    private readonly byte[] _one = new byte[1];
    private Stream _stream = Stream.Null;

    private RawClient(CancellationToken ct) => _ct = ct;

    public static async Task<RawClient> ConnectAsync(SmtpTestServer server, CancellationToken ct, bool tls = false, bool greeted = true)
    {
        var client = new RawClient(ct);
        await client._client.ConnectAsync("127.0.0.1", server.Port, ct);
        client._stream = client._client.GetStream();
        if (tls)
            await client.UpgradeAsync(server);
        if (greeted)
        {
            _ = await client.ReplyAsync();
            _ = await client.SayAsync("EHLO me.example");
        }

        return client;
    }

    public async Task UpgradeAsync(SmtpTestServer server)
    {
        var tls = new SslStream(_stream, false, (_, shown, _, _) => shown?.GetCertHashString() == server.Certificate!.GetCertHashString());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, _ct);
        _stream = tls;
    }

    public async Task WriteAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), _ct);
        await _stream.FlushAsync(_ct);
    }

    /// <summary>Writes a line and reads the reply.</summary>
    public async Task<string> SayAsync(string line)
    {
        await WriteAsync(line + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>One reply, its lines joined by LF; empty where the connection has ended.</summary>
    public async Task<string> ReplyAsync()
    {
        var lines = new List<string>();
        do
        {
            if (await LineAsync() is not { } line)
                break;
            lines.Add(line);
        }
        while (lines[^1].Length > 3 && lines[^1][3] == '-');
        return string.Join('\n', lines);
    }

    /// <summary>Everything up to the end of the connection.</summary>
    public async Task<string> RestAsync()
    {
        var rest = new StringBuilder();
        while (await LineAsync() is { } line)
            rest.Append(line).Append('\n');
        return rest.ToString();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string?> LineAsync()
    {
        var line = new StringBuilder();
        try
        {
            while (await _stream.ReadAsync(_one, _ct) == 1)
            {
                if (_one[0] == '\n')
                    return line.ToString().TrimEnd('\r');
                line.Append((char)_one[0]);
            }
        }
        catch (IOException)
        {
            // Reset by the server.
        }

        return line.Length > 0 ? line.ToString() : null;
    }
}
