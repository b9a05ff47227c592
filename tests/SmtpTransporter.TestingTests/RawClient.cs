using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>A client that only knows where an SMTP reply ends: it sends exactly what the test writes.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _limit;
    private readonly byte[] _one = new byte[1];
    private Stream _stream = Stream.Null;

    // The limit makes a test fail, instead of hang, if the server does not reply.
    private RawClient()
    {
        _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _limit.CancelAfter(TimeSpan.FromMinutes(1));
    }

    /// <summary>The number of bytes that have arrived and were not read.</summary>
    public int Available => _socket.Available;

    /// <summary>The records below TLS, from the handshake on.</summary>
    public RecordTap? Tap { get; private set; }

    /// <summary>Connects without reading the greeting.</summary>
    public static async Task<RawClient> ConnectAsync(SmtpTestServer server)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), client._limit.Token);
        client._stream = new NetworkStream(client._socket);
        return client;
    }

    /// <summary>Sends MAIL and RCPT.</summary>
    public async Task EnvelopeAsync(string from = "a@example.com", string to = "b@example.com")
    {
        Assert.StartsWith("250", await AskAsync($"MAIL FROM:<{from}>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await AskAsync($"RCPT TO:<{to}>"), StringComparison.Ordinal);
    }

    /// <summary>Sends DATA and the message, which must have its final dot, and reads the reply.</summary>
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
    /// <returns>The lines, separated by CRLF, without the last CRLF; less if the stream ends.</returns>
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

    /// <summary>Reads up to the end of the stream. A reset throws.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        while (await ReadByteAsync() is { } next)
            text.Append(next);
        return text.ToString();
    }

    /// <summary>Reads up to the end of the connection, even if it is reset.</summary>
    public async Task<string> ReadUntilClosedAsync()
    {
        var text = new StringBuilder();
        try
        {
            while (await ReadByteAsync() is { } next)
                text.Append(next);
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }

        return text.ToString();
    }

    /// <summary>One byte as a character, or null at the end of the stream.</summary>
    public async Task<char?> ReadByteAsync() =>
        await _stream.ReadAsync(_one, _limit.Token) == 0 ? null : (char)_one[0];

    /// <summary>Performs the client's side of the handshake; the server must present its own certificate.</summary>
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

    /// <summary>Sends a FIN; replies can still be read.</summary>
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
