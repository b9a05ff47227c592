using System.Net;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests a server that accepts fewer connections than the transporter may open, and one that cannot be reached for now.</summary>
public sealed class FewerConnectionsTests : SocketTest
{
    private static readonly SmtpTestServerOptions Plain = new() { Tls = SmtpTestTlsMode.None };

    private static IEnumerable<Email> Numbered(int count) => Enumerable.Range(0, count).Select(i => NewMail($"r{i}@example.org"));

    public static TheoryData<string, bool> Refusals => new()
    {
        { "421 4.7.0 Too many concurrent SMTP connections", false },
        { "421 4.7.0 Too many concurrent SMTP connections", true },
        { "450 4.7.1 Error: too many connections", true },
        { "", false },
        { "", true },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Emails_wait_for_the_connections_that_the_server_accepts(string greeting, bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        var rule = server.Script.On(SmtpStep.Connect).After(2);
        _ = greeting.Length == 0 ? rule.Close() : rule.ReplyRawAndClose($"{greeting}\r\n");
        // Nobody is done before a further connection was tried, however fast the machine is.
        server.Script.On(SmtpStep.EndOfData).WaitFor(rule.Reached);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 5 });

        var results = await Task.WhenAll(Numbered(60).Select(e => SendAsync(transporter, async, e)));

        Assert.All(results, AssertAccepted);
        Assert.Equal(60, server.Messages.SelectMany(m => m.Recipients).Distinct().Count());
        Assert.Equal(60, server.Messages.Count);
        Assert.True(rule.Hits > 0);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Emails_wait_for_the_connections_that_there_are_if_a_further_one_is_refused(bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        // Nobody is done before there are two connections, however fast the machine is.
        var second = server.Script.On(SmtpStep.Connect).After(1).Times(1).WaitFor(Task.CompletedTask);
        server.Script.On(SmtpStep.EndOfData).WaitFor(second.Reached);
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { MaxConnections = 5 }, null, TimeProvider.System, new ClosingPort(2));

        var results = await Task.WhenAll(Numbered(60).Select(e => SendAsync(transporter, async, e)));

        Assert.All(results, AssertAccepted);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Without_any_connection_a_refused_one_is_a_result_at_once(bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        server.Script.On(SmtpStep.Connect).ReplyAndClose(421, "4.3.2 Closing");
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 3 });

        var results = await Task.WhenAll(Numbered(9).Select(e => SendAsync(transporter, async, e)));

        Assert.All(results, r => Assert.Equal((Outcome.NotSent, 421), (r.Outcome, r.Status)));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_that_waited_for_others_in_vain_says_why(bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        var gate = new TaskCompletionSource();
        var busy = server.Script.On(SmtpStep.MailFrom).WaitFor(gate.Task);
        server.Script.On(SmtpStep.Connect).After(1).ReplyAndClose(421, "4.7.0 Too many connections");
        await using var patient = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = TimeSpan.FromMinutes(1) });
        var pool = patient.Pool;
        var first = SendAsync(patient, async);
        await busy.Reached;
        using var cancel = new CancellationTokenSource();

        var second = SendAsync(patient, async, ct: cancel.Token);
        Assert.True(SpinWait.SpinUntil(() => pool.Waiting == 1, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, pool.InUse);
        await cancel.CancelAsync();

        var canceled = await Assert.ThrowsAsync<SendCanceledException>(() => second);
        Assert.Equal(Outcome.NotSent, canceled.Result.Outcome);
        gate.SetResult();
        AssertAccepted(await first);
        Assert.Equal((0, 0), (pool.InUse, pool.Waiting));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_end_of_the_wait_for_others_names_the_refusal(bool async)
    {
        var time = new FakeTimeProvider();
        var pool = new ConnectionPool(
            new ServerOptions { Host = "h", MaxConnections = 2 }, () => throw new InvalidOperationException(), time);
        using var deadline = new Deadline(time, TimeSpan.FromHours(1), Cancellation, CancellationToken.None);
        using var brief = new Deadline(TimeProvider.System, Brief, Cancellation, CancellationToken.None);
        await pool.EnterAsync(async: true, deadline);
        await pool.EnterAsync(async: true, deadline);

        var failure = await Assert.ThrowsAsync<SendFailureException>(
            () => Task.Run(async () => await pool.TryWaitForOthersAsync(async, brief, new IOException("Too many connections"))));

        Assert.Equal(SmtpErrorCodes.NoFreeConnection, failure.Code);
        Assert.Contains("Too many connections", failure.Message, StringComparison.Ordinal);
        Assert.Equal((2, 0), (pool.InUse, pool.Waiting));
    }

    [Theory]
    [InlineData(ReconnectMode.Always, 1, true)]
    [InlineData(ReconnectMode.Always, 2, false)]
    [InlineData(ReconnectMode.Auto, 1, false)]
    public async Task A_new_connection_that_is_lost_is_opened_once_more_if_the_send_waits_for_servers(
        ReconnectMode mode, int losses, bool isSent)
    {
        foreach (var async in (bool[])[false, true])
        {
            await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = false });
            server.Script.On(SmtpStep.MailFrom).Times(losses).Close();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Reconnect = mode });

            var result = await SendAsync(transporter, async);

            Assert.Equal(isSent ? Outcome.Accepted : Outcome.NotSent, result.Outcome);
            Assert.Equal(mode == ReconnectMode.Always ? 2 : 1, server.Sessions.Count);
            Assert.Equal(isSent ? 1 : 0, server.Messages.Count);
        }
    }

    [Fact]
    public async Task The_pool_shrinks_to_those_who_have_a_connection_and_grows_again()
    {
        var time = new FakeTimeProvider();
        var pool = new ConnectionPool(
            new ServerOptions { Host = "h", MaxConnections = 3 }, () => throw new InvalidOperationException(), time);
        using var deadline = new Deadline(time, TimeSpan.FromHours(1), Cancellation, CancellationToken.None);
        for (var i = 0; i < 3; i++)
            await pool.EnterAsync(async: true, deadline);

        var waiting = pool.TryWaitForOthersAsync(async: true, deadline, new IOException("refused")).AsTask();
        Assert.False(waiting.IsCompleted);
        var next = pool.EnterAsync(async: true, deadline).AsTask();
        pool.Leave();

        // The one who gave up a place is the next, before those who came later.
        Assert.True(await waiting);
        Assert.Equal((2, 1), (pool.InUse, pool.Waiting));
        time.Advance(TimeSpan.FromSeconds(10));
        pool.Leave();
        await next;
        Assert.Equal((2, 0), (pool.InUse, pool.Waiting));
        pool.Leave();

        // Alone, there is nobody to wait for, and the others may try again.
        Assert.False(await pool.TryWaitForOthersAsync(async: true, deadline, new IOException("refused")));
        for (var i = 0; i < 2; i++)
            await pool.EnterAsync(async: true, deadline);
        Assert.Equal(3, pool.InUse);
    }

    [Theory]
    [InlineData(ReconnectMode.Auto, true)]
    [InlineData(ReconnectMode.Always, true)]
    [InlineData(ReconnectMode.Never, false)]
    public async Task A_sequence_of_emails_waits_for_a_server_that_restarts(ReconnectMode mode, bool waits)
    {
        await using var server = SmtpTestServer.Start(Plain);
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Reconnect = mode }, null, TimeProvider.System, new RestartingServer(4));
        var results = new List<SendResult>();

        await foreach (var (_, result) in transporter.SendManyAsync(Numbered(20), cancellationToken: Cancellation))
            results.Add(result);

        Assert.Equal(20, results.Count);
        Assert.Equal(waits, results.TrueForAll(r => r.Success));
        Assert.Equal(results.Count(r => r.Success), server.Messages.SelectMany(m => m.Recipients).Distinct().Count());
        Assert.Equal(results.Count(r => r.Success), server.Messages.Count);
    }

    [Theory]
    [InlineData(ReconnectMode.Auto, Outcome.NotSent, false)]
    [InlineData(ReconnectMode.Auto, Outcome.NotSent, true)]
    [InlineData(ReconnectMode.Always, Outcome.Accepted, false)]
    [InlineData(ReconnectMode.Always, Outcome.Accepted, true)]
    public async Task A_single_email_waits_for_a_server_only_if_it_is_asked_to(ReconnectMode mode, Outcome outcome, bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Reconnect = mode }, null, TimeProvider.System, new RestartingServer(2));

        Assert.Equal(outcome, (await SendAsync(transporter, async)).Outcome);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task What_does_not_pass_is_not_waited_for(bool async)
    {
        await using var server = SmtpTestServer.Start(Plain with { Users = Users });
        await using var wrong = new SmtpTransporter(
            server.ToServerOptions() with { Password = "wrong", Reconnect = ReconnectMode.Always });
        await using var closed = SmtpTestServer.Start(Plain);
        closed.Script.On(SmtpStep.Connect).ReplyAndClose(554, "5.3.2 No service");
        await using var refused = new SmtpTransporter(closed.ToServerOptions() with { Reconnect = ReconnectMode.Always });

        Assert.Equal((Outcome.NotSent, 535), ((await SendAsync(wrong, async)).Outcome, (await SendAsync(wrong, async)).Status));
        Assert.Equal(554, (await SendAsync(refused, async)).Status);

        Assert.Equal(2, server.Sessions.Sum(s => s.AuthAttempts));
        Assert.Single(closed.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_wait_for_the_server_ends_with_the_callers_cancellation(bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        using var cancel = new CancellationTokenSource();
        var resolver = new RestartingServer(int.MaxValue) { Refused = attempt => { if (attempt == 2) cancel.Cancel(); } };
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Reconnect = ReconnectMode.Always }, null, TimeProvider.System, resolver);

        var canceled = await Assert.ThrowsAsync<SendCanceledException>(() => SendAsync(transporter, async, ct: cancel.Token));

        Assert.Equal(Outcome.NotSent, canceled.Result.Outcome);
    }

    [Fact]
    public async Task The_pauses_grow_and_end_with_the_time_limit_of_a_send()
    {
        var time = new FakeTimeProvider();
        var pause = new ReconnectPause(TimeSpan.FromSeconds(100), time);
        using var deadline = new Deadline(time, TimeSpan.FromHours(1), Cancellation, CancellationToken.None);

        var first = pause.TryWaitAsync(async: true, deadline).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(first.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await first);
        time.Advance(TimeSpan.FromMilliseconds(900));
        var second = pause.TryWaitAsync(async: true, deadline).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await second);
        time.Advance(TimeSpan.FromSeconds(50));
        var third = pause.TryWaitAsync(async: true, deadline).AsTask();
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await third);
        time.Advance(TimeSpan.FromSeconds(43));

        // A hundred seconds in all: what is left of a long sequence is not held up any more.
        Assert.False(await pause.TryWaitAsync(async: true, deadline));
        pause.End();
        var afterwards = pause.TryWaitAsync(async: true, deadline).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(await afterwards);
    }

    [Fact]
    public async Task There_is_no_pause_beyond_the_time_limit_of_the_send()
    {
        var time = new FakeTimeProvider();
        var pause = new ReconnectPause(TimeSpan.FromSeconds(100), time);
        using var deadline = new Deadline(time, TimeSpan.FromMilliseconds(100), Cancellation, CancellationToken.None);

        Assert.False(await pause.TryWaitAsync(async: true, deadline));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Only_the_last_of_several_servers_is_waited_for(bool async)
    {
        await using var dead = SmtpTestServer.Start(Plain);
        await using var alive = SmtpTestServer.Start(Plain);
        dead.Script.On(SmtpStep.Connect).ReplyAndClose(421, "4.3.2 Closing");
        alive.Script.On(SmtpStep.Connect).Times(2).ReplyAndClose(421, "4.3.2 Starting");
        var servers = new[] { dead, alive }.Select(s => s.ToServerOptions() with { Reconnect = ReconnectMode.Always }).ToList();
        await using var transporter = new SmtpTransporter(servers, ServerSelection.Failover);

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Single(dead.Sessions);
        Assert.Equal(3, alive.Sessions.Count);
    }

    /// <summary>A server that closes its port after a number of connections: those that are open go on.</summary>
    private sealed class ClosingPort(int connections) : INameResolver
    {
        private int _resolved;

        public IPAddress[] Resolve(string host, Deadline deadline) => Next();

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Task.FromResult(Next());

        // There is no listener at the other address.
        private IPAddress[] Next() =>
            [Interlocked.Increment(ref _resolved) <= connections ? IPAddress.Loopback : IPAddress.Parse("127.0.0.9")];
    }

    /// <summary>A server that refuses a number of connections until it has restarted.</summary>
    private sealed class RestartingServer(int refusals) : INameResolver
    {
        private int _resolved;

        public Action<int> Refused { get; init; } = _ => { };

        public IPAddress[] Resolve(string host, Deadline deadline) => Next();

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Task.FromResult(Next());

        private IPAddress[] Next()
        {
            var attempt = Interlocked.Increment(ref _resolved);
            if (attempt > refusals)
                return [IPAddress.Loopback];
            Refused(attempt);
            return [IPAddress.Parse("127.0.0.9")];
        }
    }
}
