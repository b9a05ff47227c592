using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests how callers share connections, and when connections are replaced.</summary>
public sealed class PoolTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Callers_get_a_connection_in_the_order_of_their_calls(bool async)
    {
        var time = new FakeTimeProvider();
        var pool = new ConnectionPool(
            new ServerOptions { Host = "h", MaxConnections = 1 }, () => throw new InvalidOperationException(), time);
        using var deadline = new Deadline(time, TimeSpan.FromHours(1), Cancellation, CancellationToken.None);
        await pool.EnterAsync(async: true, deadline);
        var order = new List<int>();
        var callers = new List<Task>();
        for (var i = 0; i < 5; i++)
        {
            var caller = i;
            callers.Add(async ? EnterAsync() : Task.Factory.StartNew(
                () => EnterAsync().GetAwaiter().GetResult(), Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            Assert.True(SpinWait.SpinUntil(() => pool.Waiting == caller + 1, TimeSpan.FromSeconds(30)));

            async Task EnterAsync()
            {
                await pool.EnterAsync(async, deadline);
                order.Add(caller);
                pool.Leave();
            }
        }

        pool.Leave();
        await Task.WhenAll(callers);

        Assert.Equal([0, 1, 2, 3, 4], order);
        Assert.Equal((0, 0), (pool.InUse, pool.Waiting));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_is_replaced_after_its_maximum_number_of_messages(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxMessagesPerConnection = 2 });

        for (var i = 0; i < 5; i++)
            AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal([2, 2, 1], server.Sessions.Select(s => Verbs(s).Count(v => v == "MAIL")));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_that_was_idle_too_long_is_replaced_before_it_is_used(bool async)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { IdleTimeout = TimeSpan.FromMinutes(1) }, null, time, new SystemResolver());
        AssertAccepted(await SendAsync(transporter, async));

        time.Advance(TimeSpan.FromSeconds(61));
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(2, server.Sessions.Count);
        Assert.Single(Verbs(server.Sessions[0]), v => v == "MAIL");
    }

    [Theory]
    [InlineData(421, "4.3.2 Too busy")]
    [InlineData(451, "4.3.2 Too busy")]
    [InlineData(451, "4.4.5 Congested")]
    [InlineData(450, "4.7.1 Too many")]
    public async Task An_overloaded_server_gets_fewer_connections_for_a_while(int code, string text)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 4 }, null, time, new SystemResolver());
        server.Script.On(SmtpStep.MailFrom).Times(1).Reply(code, text);
        Assert.Equal(Outcome.Deferred, (await transporter.SendAsync(NewMail(), Cancellation)).Outcome);

        Assert.Equal(1, await TogetherAsync(server, transporter, 4));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, await TogetherAsync(server, transporter, 4));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(4, await TogetherAsync(server, transporter, 4));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_wrong_password_is_attempted_once_for_all_sends_that_wait_for_its_reply(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        var hold = new TaskCompletionSource();
        server.Script.On(SmtpStep.AuthResponse).WaitFor(hold.Task);
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Password = "wrong", MaxConnections = 8, AuthenticationMode = AuthenticationMode.Login });

        var sends = Enumerable.Range(0, 20).Select(_ => SendAsync(transporter, async)).ToList();
        // A send that starts after the refusal may attempt it again: the server replies only when all of them have started.
        Assert.True(SpinWait.SpinUntil(() => transporter.Pool.InUse + transporter.Pool.Waiting == 20, TimeSpan.FromSeconds(30)));
        hold.SetResult();
        var results = await Task.WhenAll(sends);

        Assert.All(results, r => Assert.Equal((Outcome.NotSent, 535), (r.Outcome, r.Status)));
        Assert.Equal(1, server.Sessions.Sum(s => s.AuthAttempts));
    }

    [Fact]
    public async Task Authentication_is_delayed_after_repeated_refusals()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Password = "wrong" }, null, time, new SystemResolver());
        for (var i = 0; i < 5; i++)
            Assert.Equal(535, (await transporter.SendAsync(NewMail(), Cancellation)).Status);
        Assert.Equal(2, server.Sessions.Sum(s => s.AuthAttempts));

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(535, (await transporter.SendAsync(NewMail(), Cancellation)).Status);

        Assert.Equal(3, server.Sessions.Sum(s => s.AuthAttempts));
    }

    [Fact]
    public async Task A_provider_whose_token_was_refused_is_not_asked_over_new_connections_all_the_time()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        var options = server.ToServerOptions() with
        {
            User = "user@example.com",
            AccessTokenOAuth2 = null,
            AccessTokenProvider = new RefusedProvider(),
        };
        using var transporter = new SmtpTransporter(options, null, time, new SystemResolver());

        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => transporter.SendAsync(NewMail(), Cancellation)));
        var later = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.All(results.Append(later), r => Assert.Equal(SmtpErrorCodes.TokenRefused, Assert.Single(r.Errors).ErrCode));
        Assert.InRange(server.Sessions.Count, 1, 2);
        time.Advance(TimeSpan.FromSeconds(2));
        await transporter.SendAsync(NewMail(), Cancellation);
        Assert.InRange(server.Sessions.Count, 2, 3);
    }

    [Fact]
    public async Task A_thousand_callers_and_sixty_four_threads_share_four_connections()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 4 });

        var threads = Enumerable.Range(0, 64).Select(i => SendAsync(transporter, async: false, Numbered(i))).ToList();
        var callers = Enumerable.Range(64, 1000).Select(i => transporter.SendAsync(Numbered(i), Cancellation)).ToList();
        var results = await Task.WhenAll([.. threads, .. callers]);

        Assert.All(results, AssertAccepted);
        Assert.Equal(
            Enumerable.Range(0, 1064),
            server.Messages.Select(m => int.Parse(m.Message.Subject!, System.Globalization.CultureInfo.InvariantCulture)).Order());
        Assert.InRange(server.Sessions.Count(s => !s.Commands.Contains("QUIT")), 1, 4);
    }

    private static Email Numbered(int number)
    {
        var email = NewMail();
        email.Subject = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return email;
    }

    /// <summary>Counts how many of the sends use a connection at once while the server holds all of them back.</summary>
    private static async Task<int> TogetherAsync(SmtpTestServer server, SmtpTransporter transporter, int sends)
    {
        var hold = new TaskCompletionSource();
        server.Script.Clear();
        server.Script.On(SmtpStep.Data).WaitFor(hold.Task);
        var before = server.Messages.Count;
        var running = Enumerable.Range(0, sends).Select(_ => transporter.SendAsync(NewMail(), Cancellation)).ToList();
        var seen = transporter.Pool.InUse;
        hold.SetResult();
        Assert.All(await Task.WhenAll(running), AssertAccepted);
        Assert.Equal(before + sends, server.Messages.Count);
        return seen;
    }

    private sealed class RefusedProvider : IAccessTokenProvider
    {
        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) =>
            ValueTask.FromException<AccessToken>(new AccessTokenException("The client is unknown", isTransient: false));
    }
}
