using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What becomes of sends that wait for the first login, which is tried over one connection.</summary>
public sealed class SharedLoginTests : SocketTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Limit = new ServerOptions().ConnectionTimeout;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_token_provider_that_hangs_fails_all_who_wait_at_once_and_with_the_same_words(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        var provider = new GatedProvider();
        using var transporter = Create(server, provider, o => o with { MaxConnections = 4 });

        var sends = Start(transporter, async, 12, provider);
        _time.Advance(Limit);
        var results = await Task.WhenAll(sends);

        Assert.Equal(
            [
                $"NotSent: The access token provider returned no token within ConnectionTimeout (localhost:{server.Port}). Do what the "
                + "error says, and send again later: it may pass by itself. [own.token]",
            ],
            results.Select(r => r.ToString()).Distinct());
        Assert.All(results, r => Assert.Equal((SendStep.Authenticate, true), (r.FailedStep, r.IsTransient)));
        Assert.Single(provider.Asked);
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_token_provider_that_fails_is_asked_once_for_all_who_wait(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        var provider = new GatedProvider();
        using var transporter = Create(server, provider, o => o with { MaxConnections = 4 });

        var sends = Start(transporter, async, 8, provider);
        _time.Advance(TimeSpan.FromSeconds(1));
        provider.Asked[0].SetException(new AccessTokenException("The vault is closed", isTransient: true));
        var results = await Task.WhenAll(sends);

        Assert.All(results, r => Assert.Contains("failed: The vault is closed", r.Reason, StringComparison.Ordinal));
        Assert.Single(provider.Asked);
        var next = SendAsync(transporter, async);
        provider.Answer(1);
        AssertAccepted(await next);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_send_whose_time_is_over_while_it_waits_is_told_what_the_login_waits_for(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        var provider = new GatedProvider();
        using var transporter = Create(
            server, provider, o => o with { MaxConnections = 4, SendTimeout = TimeSpan.FromSeconds(20) });

        var sends = Start(transporter, async, 4, provider);
        _time.Advance(TimeSpan.FromSeconds(20));
        var results = await Task.WhenAll(sends);

        Assert.All(results, r =>
        {
            AssertNotSent(r, SmtpErrorCodes.TokenUnavailable, "auth");
            Assert.Contains("The access token provider returned no token", r.Reason, StringComparison.Ordinal);
            Assert.Equal(SendStep.Authenticate, r.FailedStep);
        });
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_connection_timeout_begins_when_the_login_has_its_turn(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        var provider = new GatedProvider();
        using var transporter = Create(server, provider, o => o with { MaxConnections = 2 });

        var sends = Start(transporter, async, 2, provider);
        for (var turn = 0; turn < 2; turn++)
        {
            Assert.True(SpinWait.SpinUntil(() => provider.Asked.Count == turn + 1, Patience));
            _time.Advance(Limit - TimeSpan.FromSeconds(1));
            provider.Answer(turn);
        }

        Assert.All(await Task.WhenAll(sends), AssertAccepted);
    }

    [Fact]
    public async Task A_login_whose_send_had_little_time_decides_only_for_those_who_have_no_more()
    {
        var gate = CreateGate();
        using var much = NewDeadline(100);
        using var little = NewDeadline(3);
        using var least = NewDeadline(2);

        await Assert.ThrowsAsync<SendFailureException>(() => gate.OpenAsync(true, Late, AsLate, TimeSpan.Zero, least).AsTask());
        var shared = await Assert.ThrowsAsync<SendFailureException>(
            () => gate.OpenAsync(true, () => throw new InvalidOperationException("tried"), AsLate, TimeSpan.Zero, little).AsTask());
        var tried = await Assert.ThrowsAsync<InvalidOperationException>(
            () => gate.OpenAsync(true, () => throw new InvalidOperationException("tried"), _ => null, TimeSpan.Zero, much).AsTask());

        Assert.Equal((SmtpErrorCodes.ConnectTimeout, SendStep.Connect), (shared.Code, shared.SharedStep));
        Assert.Equal("tried", tried.Message);

        ValueTask Late()
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            throw new TimeoutException();
        }
    }

    [Fact]
    public async Task Another_attempt_of_the_same_send_is_not_answered_by_its_first()
    {
        var gate = CreateGate();
        using var deadline = NewDeadline(100);
        var attempts = 0;

        foreach (var since in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromSeconds(1)])
            await Assert.ThrowsAsync<SendFailureException>(() => gate.OpenAsync(true, Fail, AsLate, since, deadline).AsTask());

        Assert.Equal(2, attempts);

        ValueTask Fail()
        {
            attempts++;
            _time.Advance(TimeSpan.FromSeconds(1));
            throw new TimeoutException();
        }
    }

    private static SendFailureException AsLate(Exception exception) =>
        new(SmtpErrorCodes.ConnectTimeout, "tcp", $"Late.", exception) { SharedStep = SendStep.Connect };

    private LoginGate CreateGate()
    {
        var options = new ServerOptions { Host = "mail.test", User = User, Password = Password };
        return new LoginGate(new Authenticator(options, new SecretRedactor([options]), _time), _time);
    }

    private Deadline NewDeadline(int seconds) => new(_time, TimeSpan.FromSeconds(seconds), Cancellation, CancellationToken.None);

    private SmtpTransporter Create(SmtpTestServer server, GatedProvider provider, Func<ServerOptions, ServerOptions> change) => new(
        change(server.ToServerOptions() with { AccessTokenOAuth2 = null, AccessTokenProvider = provider, User = User }), null, _time,
        new SystemResolver());

    /// <summary>Starts sends, of which one has asked for a token and the others wait.</summary>
    private static List<Task<SendResult>> Start(SmtpTransporter transporter, bool async, int count, GatedProvider provider)
    {
        var sends = Enumerable.Range(0, count).Select(_ => SendAsync(transporter, async)).ToList();
        Assert.True(SpinWait.SpinUntil(
            () => transporter.Pool.InUse + transporter.Pool.Waiting == count && provider.Asked.Count == 1, Patience));
        return sends;
    }

    /// <summary>Gives a token when the test says so.</summary>
    private sealed class GatedProvider : IAccessTokenProvider
    {
        private readonly List<TaskCompletionSource<AccessToken>> _asked = [];

        public IReadOnlyList<TaskCompletionSource<AccessToken>> Asked
        {
            get
            {
                lock (_asked)
                    return [.. _asked];
            }
        }

        public void Answer(int index)
        {
            Assert.True(SpinWait.SpinUntil(() => Asked.Count > index, Patience));
            Asked[index].SetResult(new AccessToken("token", DateTimeOffset.MaxValue));
        }

        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
        {
            var answer = new TaskCompletionSource<AccessToken>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_asked)
                _asked.Add(answer);
            return new ValueTask<AccessToken>(answer.Task);
        }
    }
}
