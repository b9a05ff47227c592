using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests a server that answers in the middle of a message, and would take the rest for commands.</summary>
public sealed class InterruptedMessageTests : SocketTest
{
    private const int Size = 8_000_000;

    // Beyond what is read to find out that the message is too large to be held.
    private const int Gate = 3_000_000;

    public static TheoryData<string, Outcome, bool, bool, bool> Answers
    {
        get
        {
            var data = new TheoryData<string, Outcome, bool, bool, bool>();
            foreach (var tls in (bool[])[false, true])
            {
                foreach (var chunks in (bool[])[false, true])
                {
                    foreach (var async in (bool[])[false, true])
                    {
                        data.Add("451 4.4.2 Timeout", Outcome.Deferred, tls, chunks, async);
                        data.Add("421 4.4.2 Timeout", Outcome.Deferred, tls, chunks, async);
                        data.Add("552 5.3.4 Too big", Outcome.Refused, tls, chunks, async);
                        // In chunks, it could be the reply to the first of them.
                        if (!chunks)
                            data.Add("250 2.0.0 Ok: queued", Outcome.NotSent, tls, chunks, async);
                    }
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task After_an_answer_in_the_middle_of_a_message_nothing_more_is_written(
        string answer, Outcome outcome, bool tls, bool chunks, bool async)
    {
        using var certificate = tls ? NewCertificate() : null;
        await using var server = new InterruptingServer(answer, chunks, certificate);
        await using var transporter = New(server.Port, tls);
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromStream(new GatedStream(Size, Gate, server.Answered), "large.bin"));

        var result = await SendAsync(transporter, async, email);

        Assert.True(result.Outcome == outcome, Describe(result));
        Assert.Equal(outcome == Outcome.NotSent ? "0" : answer[..3], $"{result.Status}");
        if (outcome == Outcome.NotSent)
            Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.ProtocolError);
        var received = await server.Received.WaitAsync(Cancellation);
        // In base64, what could be read before the gate, and not much more; no end, no RSET, no QUIT.
        Assert.InRange(received.Length, 1000, Gate * 3 / 2);
        var end = Encoding.ASCII.GetString(received.AsSpan(received.Length - 10));
        // In chunks, the answer may also be seen between a chunk's command and its octets.
        Assert.Matches(chunks ? "^[A/=\r\n]*([BDAT]* ?[0-9]+\r\n)?$" : "^[A/=\r\n]+$", end);
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    public async Task A_server_that_answers_and_reads_no_more_holds_nobody(bool tls, bool tunnel, bool async)
    {
        using var certificate = tls ? NewCertificate() : null;
        await using var server = new InterruptingServer("451 4.4.2 Timeout", chunks: false, certificate) { ReadsOn = false };
        await using var transporter = New(server.Port, tls, tunnel);
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromBytes(new byte[4 * Size], "large.bin"));

        var result = await SendAsync(transporter, async, email);

        Assert.True(result is { Outcome: Outcome.Deferred, Status: 451 }, Describe(result));
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_server_that_takes_a_part_for_the_message_and_reads_no_more_is_not_waited_for(bool tls, bool async)
    {
        using var certificate = tls ? NewCertificate() : null;
        await using var server = new InterruptingServer("250 2.0.0 Ok: queued", chunks: false, certificate) { ReadsOn = false };
        await using var transporter = New(server.Port, tls);
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromBytes(new byte[4 * Size], "large.bin"));

        var result = await SendAsync(transporter, async, email);

        AssertNotSent(result, SmtpErrorCodes.ProtocolError, "smtp");
        Assert.Contains("250 in the middle of the message", result.Reason, StringComparison.Ordinal);
        Assert.Equal(1, server.Connections);
    }

    private static SmtpTransporter New(int port, bool tls, bool tunnel = false) => new(new ServerOptions
    {
        Host = "127.0.0.1",
        Port = port,
        ImplicitTls = tls,
        AcceptUnsecureConnection = !tls,
        DangerouslyAcceptAnyServerCertificate = tls,
        ConnectCallback = !tunnel ? null : async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, context.Port, cancellationToken);
            return new TunnelStream(new NetworkStream(socket, ownsSocket: true));
        },
    });

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
#pragma warning disable SYSLIB0057 // The replacement is not in .NET 8.
        return new X509Certificate2(certificate.Export(X509ContentType.Pkcs12));
#pragma warning restore SYSLIB0057
    }

    /// <summary>A server that answers after a thousand octets of the message, and then reads to the end of the connection.</summary>
    private sealed class InterruptingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly string _answer;
        private readonly bool _chunks;
        private readonly X509Certificate2? _certificate;
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<byte[]> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _accepting;
        private int _connections;

        public InterruptingServer(string answer, bool chunks, X509Certificate2? certificate)
        {
            (_answer, _chunks, _certificate) = (answer, chunks, certificate);
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        /// <summary>Whether it goes on reading behind its answer, until the client closes.</summary>
        public bool ReadsOn { get; init; } = true;

        public int Connections => _connections;

        public Task Answered => _answered.Task;

        /// <summary>What came from the beginning of the message on.</summary>
        public Task<byte[]> Received => _received.Task;

        public async ValueTask DisposeAsync()
        {
            _over.SetResult();
            _listener.Dispose();
            await _accepting;
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    _connections++;
                    await ServeAsync(client);
                }
            }
            catch (Exception exception) when (exception is SocketException or InvalidOperationException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(_certificate);
                stream = tls;
            }
            await using var owned = stream;
            await ReplyAsync(stream, "220 localhost");
            while (await ReadLineAsync(stream) is { } line)
            {
                if (line.StartsWith("EHLO", StringComparison.Ordinal))
                    await ReplyAsync(stream, $"250-localhost\r\n250-PIPELINING\r\n250 {(_chunks ? "CHUNKING" : "HELP")}");
                else if (line == "DATA" || line.StartsWith("BDAT", StringComparison.Ordinal))
                    break;
                else
                    await ReplyAsync(stream, "250 Ok");
            }
            if (!_chunks)
                await ReplyAsync(stream, "354 Go on");
            using var received = new MemoryStream();
            var buffer = new byte[1000];
            await stream.ReadExactlyAsync(buffer);
            received.Write(buffer);
            await ReplyAsync(stream, _answer);
            _answered.SetResult();
            if (!ReadsOn)
            {
                await _over.Task;
                return;
            }
            try
            {
                await stream.CopyToAsync(received);
            }
            catch (IOException)
            {
                // The client closed without reading everything, or without a close_notify.
            }
            _received.SetResult(received.ToArray());
        }

        private static async Task ReplyAsync(Stream stream, string reply) =>
            await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"));

        private static async Task<string?> ReadLineAsync(Stream stream)
        {
            var line = new List<byte>();
            var octet = new byte[1];
            while (await stream.ReadAsync(octet) == 1)
            {
                if (octet[0] == '\n')
                    return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
                line.Add(octet[0]);
            }
            return null;
        }
    }

    /// <summary>A stream of zeros that waits in the middle.</summary>
    private sealed class GatedStream(long length, long gate, Task open) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Position >= gate)
                open.GetAwaiter().GetResult();
            return Fill(buffer.AsSpan(offset, count));
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= gate)
                await open.WaitAsync(cancellationToken);
            return Fill(buffer.Span);
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.End => length + offset, _ => Position + offset };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Fill(Span<byte> buffer)
        {
            // Not beyond the gate in one read.
            var most = Position < gate ? gate - Position : length - Position;
            var read = (int)Math.Min(buffer.Length, most);
            buffer[..read].Clear();
            Position += read;
            return read;
        }
    }
}
