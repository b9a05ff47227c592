using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests connections that a callback of the caller makes.</summary>
public sealed class ConnectCallbackTests : SocketTest
{
    public static TheoryData<SmtpTestTlsMode, bool, bool> Ways
    {
        get
        {
            var ways = new TheoryData<SmtpTestTlsMode, bool, bool>();
            foreach (var tls in Enum.GetValues<SmtpTestTlsMode>())
            {
                foreach (var isSocket in (bool[])[false, true])
                {
                    ways.Add(tls, isSocket, false);
                    ways.Add(tls, isSocket, true);
                }
            }
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Emails_are_sent_over_the_stream_of_the_callback(SmtpTestTlsMode tls, bool isSocket, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls, Users = Users });
        var asked = new ConcurrentQueue<ConnectContext>();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Host = "localhost",
            Port = 2525,
            ConnectCallback = async (context, cancellationToken) =>
            {
                asked.Enqueue(context);
                var stream = await ConnectAsync(server.Port, cancellationToken);
                return isSocket ? stream : new TunnelStream(stream);
            },
        });
        var large = NewMail();
        large.Attachments.Add(MailAttachment.FromBytes(new byte[300_000], "large.bin"));

        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(transporter, async, large));
        Assert.True((await CheckAsync(transporter, async)).Success);

        Assert.Equal([new ConnectContext("localhost", 2525)], asked);
        Assert.Equal(tls != SmtpTestTlsMode.None, server.Messages[1].IsSecure);
        Assert.Equal(User, server.Messages[1].AuthenticatedUser);
        Assert.Equal([1, 1], server.Messages.Select(m => m.Session.Id));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_stream_that_the_server_closed_while_it_was_idle_is_replaced(bool async)
    {
        // The end of a stream is known a moment after its read has returned: a message that is sent between the two is in doubt.
        for (var attempt = 1; !await IsReplacedAsync(async); attempt++)
            Assert.True(attempt < 20, "No stream told its end.");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_certificate_must_be_for_the_host_and_not_for_where_the_callback_connects(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Host = "smtp.example.com",
            ConnectCallback = (_, cancellationToken) => ConnectAsync(server.Port, cancellationToken),
        });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.CertificateNotTrusted, "tls");
        Assert.Contains("smtp.example.com", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_callback_that_hangs_is_bounded_and_its_late_stream_is_closed(bool async)
    {
        var late = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var transporter = new SmtpTransporter(
            new ServerOptions { Host = "smtp.example.com", ConnectionTimeout = Brief, ConnectCallback = (_, _) => new(late.Task) });

        var result = await SendAsync(transporter, async);
        var stream = new TunnelStream(Stream.Null);
        late.SetResult(stream);

        AssertNotSent(result, SmtpErrorCodes.ConnectTimeout, "tcp");
        await stream.Disposed.WaitAsync(Cancellation);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_send_that_is_canceled_does_not_wait_for_the_callback(bool async)
    {
        using var cancellation = new CancellationTokenSource();
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var transporter = new SmtpTransporter(new ServerOptions
        {
            Host = "smtp.example.com",
            ConnectCallback = async (_, cancellationToken) =>
            {
                cancellationToken.Register(() => canceled.SetResult());
                await cancellation.CancelAsync();
                return await new TaskCompletionSource<Stream>().Task;
            },
        });

        await Assert.ThrowsAsync<SendCanceledException>(() => SendAsync(transporter, async, ct: cancellation.Token));
        await canceled.Task.WaitAsync(Cancellation);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_failure_of_the_callback_says_whether_it_may_pass(bool async)
    {
        var refused = await FailAsync(_ => throw new SocketException((int)SocketError.ConnectionRefused));
        var broken = await FailAsync(_ => throw new InvalidOperationException("No tunnel today"));
        var nothing = await FailAsync(_ => new((Stream)null!));

        AssertNotSent(refused, SmtpErrorCodes.ConnectFailed, "tcp");
        AssertNotSent(broken, SmtpErrorCodes.CallbackFailed, "conf");
        AssertNotSent(nothing, SmtpErrorCodes.CallbackFailed, "conf");
        Assert.Equal((true, false, false), (refused.IsTransient, broken.IsTransient, nothing.IsTransient));
        Assert.Contains("No tunnel today", broken.Reason, StringComparison.Ordinal);

        async Task<SendResult> FailAsync(Func<CancellationToken, ValueTask<Stream>> connect)
        {
            await using var transporter = new SmtpTransporter(
                new ServerOptions { Host = "smtp.example.com", ConnectCallback = (_, token) => connect(token) });
            return await SendAsync(transporter, async);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_stream_whose_calls_never_end_is_bounded(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await WithGrowingLimit(async limit =>
        {
            TunnelStream? stream = null;
            var streams = 0;
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with
            {
                SendTimeout = limit,
                ConnectCallback = async (_, cancellationToken) =>
                {
                    streams++;
                    return stream = new(await ConnectAsync(server.Port, cancellationToken));
                },
            });
            if (!(await SendAsync(transporter, async)).Success)
                return false;
            stream!.SwallowsWrites = true;

            var result = await SendAsync(transporter, async);

            // A stream that was idle for a second may have vanished: then the send goes on over a second one.
            if (streams > 1)
                return false;
            AssertNotSent(result, SmtpErrorCodes.ReplyTimeout, "smtp");
            await stream.Disposed.WaitAsync(Cancellation);
            return true;
        });
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_stream_whose_calls_block_holds_neither_a_send_nor_the_end(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TunnelStream? stream = null;
        var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            ConnectCallback = async (_, cancellationToken) => stream = new(await ConnectAsync(server.Port, cancellationToken))
            {
                BlocksReads = true,
                BlocksDispose = gate.Task,
            },
        });

        AssertAccepted(await SendAsync(transporter, async).WaitAsync(Cancellation));
        AssertAccepted(await SendAsync(transporter, async).WaitAsync(Cancellation));
        await transporter.DisposeAsync().AsTask().WaitAsync(Cancellation);

        Assert.Single(server.Sessions);
        Assert.False(stream!.Disposed.IsCompleted);
        gate.SetResult();
        await stream.Disposed.WaitAsync(Cancellation);
    }

    [Fact]
    public void The_ways_to_connect_exclude_one_another_and_a_client_factory()
    {
        var callback = new ServerOptions { Host = "smtp.example.com", ConnectCallback = (_, _) => new(Stream.Null) };

        Assert.Contains("LocalAddress", Wrong(callback with { LocalAddress = IPAddress.Loopback }), StringComparison.Ordinal);
        Assert.Contains("Unix socket", Wrong(callback with { Host = "unix:/run/x" }), StringComparison.Ordinal);
        foreach (var options in (ServerOptions[])
            [callback, callback with { ConnectCallback = null, LocalAddress = IPAddress.Loopback }, new() { Host = "unix:/run/x" }])
        {
            var exception = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options, () => new SmtpClient()));
            Assert.Contains("client factory", exception.Message, StringComparison.Ordinal);
        }

        static string Wrong(ServerOptions options) => Assert.Throws<ArgumentException>(() => new SmtpTransporter(options)).Message;
    }

    private static async ValueTask<Stream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<bool> IsReplacedAsync(bool async)
    {
        // In clear text: over TLS the words of the end come first, and nobody reads on before the next email.
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.Idle).Times(1).Close();
        var streams = new List<TunnelStream>();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                streams.Add(new(await ConnectAsync(server.Port, cancellationToken)));
                return streams[^1];
            },
        });
        AssertAccepted(await SendAsync(transporter, async));
        // The transporter may have seen the end before it kept the connection: then it has closed it, and no read finds the end.
        await Task.WhenAny(streams[0].Ended, streams[0].Disposed).WaitAsync(Cancellation);

        var result = await SendAsync(transporter, async);

        if (result.Outcome == Outcome.Unknown)
            return false;
        AssertAccepted(result);
        Assert.Equal(2, server.Sessions.Count);
        return true;
    }
}
