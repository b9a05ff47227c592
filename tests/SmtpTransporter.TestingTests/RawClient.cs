using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>A client that knows nothing of SMTP but where a reply ends: what a test writes is what goes over the wire.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _limit;
    private readonly byte[] _one = new byte[1];
    private Stream _stream = Stream.Null;

    // Only so that a server that does not answer fails the test instead of hanging it.
    private RawClient()
    {
        _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _limit.CancelAfter(TimeSpan.FromMinutes(1));
    }

    /// <summary>The bytes that have come and were not read.</summary>
    public int Available => _socket.Available;

    /// <summary>What came below TLS. There from the handshake on.</summary>
    public RecordTap? Tap { get; private set; }

    /// <summary>Connects, and reads nothing.</summary>
    public static async Task<RawClient> ConnectAsync(SmtpTestServer server)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), client._limit.Token);
        client._stream = new NetworkStream(client._socket);
        return client;
    }

    /// <summary>Connects, reads the greeting, and says EHLO.</summary>
    public static async Task<RawClient> GreetAsync(SmtpTestServer server)
    {
        var client = await ConnectAsync(server);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("EHLO client.example.com"), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Greets, and says all but the message.</summary>
    public static async Task<RawClient> BeginMailAsync(SmtpTestServer server)
    {
        var client = await GreetAsync(server);
        await client.EnvelopeAsync();
        return client;
    }

    public async Task EnvelopeAsync(string from = "a@example.com", string to = "b@example.com")
    {
        Assert.StartsWith("250", await AskAsync($"MAIL FROM:<{from}>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await AskAsync($"RCPT TO:<{to}>"), StringComparison.Ordinal);
    }

    /// <summary>Says DATA, sends the bytes, which must have their final dot, and reads the reply.</summary>
    public async Task<string> DataAsync(string message)
    {
        Assert.StartsWith("354", await AskAsync("DATA"), StringComparison.Ordinal);
        await SendAsync(message);
        return await ReadReplyAsync();
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes, _limit.Token);

    /// <summary>Sends a line with its CRLF, and reads the reply.</summary>
    public async Task<string> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReadReplyAsync();
    }

    /// <summary>Reads a reply of one or more lines.</summary>
    /// <returns>The lines, parted by CRLF, without the last CRLF; less at the end of the stream.</returns>
    public async Task<string> ReadReplyAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            text.Append(line);
            if (!line.EndsWith('\n'))
                return text.ToString();
            if (line.Length < 4 || line[3] != '-')
                return text.ToString(0, text.Length - 2);
        }
    }

    /// <summary>Reads up to the end of the stream. A reset is an exception.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        while (await ReadByteAsync() is { } next)
            text.Append(next);
        return text.ToString();
    }

    /// <summary>Reads up to the end of the connection, in order or not.</summary>
    public async Task<string> ReadUntilGoneAsync()
    {
        var text = new StringBuilder();
        try
        {
            while (await ReadByteAsync() is { } next)
                text.Append(next);
        }
        catch (IOException)
        {
            // Gone all the same.
        }

        return text.ToString();
    }

    /// <summary>One byte as a character, or null at the end of the stream.</summary>
    public async Task<char?> ReadByteAsync()
        => await _stream.ReadAsync(_one, _limit.Token) == 0 ? null : (char)_one[0];

    /// <summary>Takes the client's part in the handshake; the server must show its own certificate.</summary>
    public async Task HandshakeAsync(SmtpTestServer server)
    {
        Tap = new RecordTap(_stream);
        var tls = new SslStream(Tap);
        _stream = tls;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, shown, _, _) => server.Certificate!.RawData.SequenceEqual(shown!.GetRawCertData()),
        };
        await tls.AuthenticateAsClientAsync(options, _limit.Token);
    }

    public async Task StartTlsAsync(SmtpTestServer server)
    {
        Assert.StartsWith("220", await AskAsync("STARTTLS"), StringComparison.Ordinal);
        await HandshakeAsync(server);
    }

    /// <summary>Sends a FIN; the server can still be heard.</summary>
    public void StopSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
        _limit.Dispose();
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        while (await ReadByteAsync() is { } next)
        {
            line.Add((byte)next);
            if (next == '\n')
                break;
        }

        return Encoding.UTF8.GetString([.. line]);
    }
}
