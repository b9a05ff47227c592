using System.Net;
using System.Net.Sockets;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests a server that is silent or slow at each step. Each test ends with the error of the layer; no test asserts how fast it ends, which
/// is measured elsewhere.
/// </summary>
public abstract class TimeLimitTests(bool async) : SocketTest
{
    public enum Fault
    {
        Hang,
        Drip,
    }

    // The step, the expected error, and whether ConnectionTimeout (true) or SendTimeout applies.
    public static TheoryData<SmtpStep, SmtpTestTlsMode, int, string, bool> Steps => new()
    {
        { SmtpStep.Connect, SmtpTestTlsMode.None, SmtpErrorCodes.ReplyTimeout, "smtp", true },
        { SmtpStep.Connect, SmtpTestTlsMode.Implicit, SmtpErrorCodes.ReplyTimeout, "smtp", true },
        { SmtpStep.Ehlo, SmtpTestTlsMode.None, SmtpErrorCodes.ReplyTimeout, "smtp", true },
        { SmtpStep.StartTls, SmtpTestTlsMode.StartTls, SmtpErrorCodes.ReplyTimeout, "smtp", true },
        { SmtpStep.TlsHandshake, SmtpTestTlsMode.StartTls, SmtpErrorCodes.TlsTimeout, "tls", true },
        { SmtpStep.TlsHandshake, SmtpTestTlsMode.Implicit, SmtpErrorCodes.TlsTimeout, "tls", true },
        { SmtpStep.Auth, SmtpTestTlsMode.StartTls, SmtpErrorCodes.AuthenticationTimeout, "auth", true },
        { SmtpStep.AuthResponse, SmtpTestTlsMode.None, SmtpErrorCodes.AuthenticationTimeout, "auth", true },
        { SmtpStep.MailFrom, SmtpTestTlsMode.None, SmtpErrorCodes.ReplyTimeout, "smtp", false },
        { SmtpStep.MailFrom, SmtpTestTlsMode.StartTls, SmtpErrorCodes.ReplyTimeout, "smtp", false },
        { SmtpStep.RcptTo, SmtpTestTlsMode.StartTls, SmtpErrorCodes.ReplyTimeout, "smtp", false },
        { SmtpStep.Data, SmtpTestTlsMode.None, SmtpErrorCodes.ReplyTimeout, "smtp", false },
        { SmtpStep.Data, SmtpTestTlsMode.Implicit, SmtpErrorCodes.ReplyTimeout, "smtp", false },
    };

    public static TheoryData<SmtpStep, SmtpTestTlsMode, int, string, bool, Fault> Cases
    {
        get
        {
            var cases = new TheoryData<SmtpStep, SmtpTestTlsMode, int, string, bool, Fault>();
            foreach (var row in Steps)
            {
                var (step, tls, code, component, connecting) = row.Data;
                cases.Add(step, tls, code, component, connecting, Fault.Hang);
                if (step != SmtpStep.TlsHandshake)
                    cases.Add(step, tls, code, component, connecting, Fault.Drip);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_silent_or_slow_server_does_not_block_a_send(
        SmtpStep step, SmtpTestTlsMode tls, int code, string component, bool connecting, Fault fault)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start(new() { Tls = tls, Users = Users, Chunking = false });
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with
            {
                AuthenticationMode = AuthenticationMode.Login,
                ConnectionTimeout = connecting ? limit : TimeSpan.FromSeconds(60),
                SendTimeout = connecting ? TimeSpan.FromSeconds(60) : limit,
            });
            if (!connecting)
                Assert.True((await CheckAsync(transporter, async)).Success);
            var rule = server.Script.On(step).Times(1);
            _ = fault == Fault.Hang
                ? rule.Hang()
                : rule.DripReply(TimeSpan.FromMilliseconds(200), 250, "one byte after the other, on and on");

            var result = await SendAsync(transporter, async);
            if (rule.Hits == 0)
                return false;

            AssertNotSent(result, code, component);
            Assert.True(result.IsTransient);
            Assert.Empty(server.Messages);
            return true;
        });
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls)]
    [InlineData(SmtpTestTlsMode.Implicit)]
    public async Task A_slow_handshake_does_not_block_a_send(SmtpTestTlsMode tls)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start(new() { Tls = tls, Chunking = false });
            var rule = server.Script.On(SmtpStep.TlsHandshake).Drip(TimeSpan.FromMilliseconds(200));
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { ConnectionTimeout = limit });

            var result = await SendAsync(transporter, async);
            if (rule.Hits == 0)
                return false;

            AssertNotSent(result, SmtpErrorCodes.TlsTimeout, "tls");
            return true;
        });
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.None)]
    [InlineData(SmtpTestTlsMode.StartTls)]
    public async Task A_server_that_stops_reading_does_not_block_a_send(SmtpTestTlsMode tls)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start(new() { Tls = tls, SizeLimit = null, Chunking = false });
            var rule = server.Script.On(SmtpStep.Body).HangAfterBytes(1000);
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = limit * 4 });
            Assert.True((await CheckAsync(transporter, async)).Success);
            var email = NewMail();
            email.Attachments.Add(MailAttachment.FromBytes(new byte[30_000_000], "big.bin"));

            var result = await SendAsync(transporter, async, email);
            if (rule.Hits == 0)
                return false;

            Assert.Equal(Outcome.NotSent, result.Outcome);
            Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.ReplyTimeout);
            Assert.Empty(server.Messages);
            return true;
        });
    }

    [Fact]
    public async Task A_host_name_that_never_resolves_does_not_block_a_send()
    {
        var options = new ServerOptions { Host = "never.example", ConnectionTimeout = Brief };
        await using var transporter = new SmtpTransporter(options, null, TimeProvider.System, new SilentResolver());

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ResolveTimeout, "dns");
    }

    [Fact]
    public async Task A_host_name_that_does_not_exist_is_a_dns_error()
    {
        await using var transporter = new SmtpTransporter(
            new ServerOptions { Host = "none.invalid" }, null, TimeProvider.System, new FixedResolver());

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.HostNotFound, "dns");
    }

    [Fact]
    public async Task A_port_without_a_listener_is_a_tcp_error()
    {
        int port;
        await using (var server = SmtpTestServer.Start(new() { Chunking = false }))
            port = server.Port;
        await using var transporter = new SmtpTransporter(new ServerOptions { Host = "127.0.0.1", Port = port });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ConnectFailed, "tcp");
    }

    [Fact]
    public async Task An_address_that_refuses_connections_is_followed_by_the_next_address()
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        // The first address has no listener.
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions(), null, TimeProvider.System, new FixedResolver(IPAddress.Parse("127.0.0.9"), IPAddress.Loopback));

        AssertAccepted(await SendAsync(transporter, async));
    }

    [Fact]
    public async Task An_address_that_never_answers_is_followed_by_the_next_address()
    {
        // A listener with a full queue drops every further SYN, as a firewall does.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        silent.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.8"), server.Port));
        silent.Listen(0);
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(silent.LocalEndPoint!, Cancellation);
        var both = new FixedResolver(IPAddress.Parse("127.0.0.8"), IPAddress.Loopback);
        var dead = new FixedResolver(IPAddress.Parse("127.0.0.8"));
        await using var transporter = new SmtpTransporter(server.ToServerOptions(), null, TimeProvider.System, both);
        await using var hopeless = new SmtpTransporter(
            server.ToServerOptions() with { ConnectionTimeout = Brief }, null, TimeProvider.System, dead);

        AssertAccepted(await SendAsync(transporter, async));
        AssertNotSent(await SendAsync(hopeless, async), SmtpErrorCodes.ConnectTimeout, "tcp");
    }

    [Fact]
    public async Task The_wait_for_a_free_connection_counts_toward_the_time_limit()
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        var gate = new TaskCompletionSource();
        var rule = server.Script.On(SmtpStep.NoOp).WaitFor(gate.Task);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 1, SendTimeout = Brief });
        var check = CheckAsync(transporter, async);
        await rule.Reached;

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.NoFreeConnection, "conf");

        gate.SetResult();
        Assert.True((await check).Success);
    }

    [Fact]
    public async Task An_unanswered_quit_does_not_block_disposal()
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        server.Script.On(SmtpStep.Quit).Hang();
        var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));

        await transporter.DisposeAsync();

        Assert.Equal("QUIT", Verbs(server.Sessions[0]).Last());
    }

    [Fact]
    public void A_lookup_that_never_returns_is_abandoned()
    {
        using var never = new ManualResetEventSlim();
        using var deadline = new Deadline(TimeProvider.System, Brief, Cancellation, CancellationToken.None);
        var resolver = new SystemResolver(_ =>
        {
            never.Wait();
            return [];
        });

        var exception = Assert.ThrowsAny<Exception>(() => resolver.Resolve("never.example", deadline));

        Assert.True(exception is TimeoutException or OperationCanceledException, exception.ToString());
        never.Set();
    }

    private sealed class SilentResolver : INameResolver
    {
        public IPAddress[] Resolve(string host, Deadline deadline)
        {
            deadline.Token.WaitHandle.WaitOne();
            throw new TimeoutException();
        }

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
            new TaskCompletionSource<IPAddress[]>().Task.WaitAsync(cancellationToken);
    }
}
