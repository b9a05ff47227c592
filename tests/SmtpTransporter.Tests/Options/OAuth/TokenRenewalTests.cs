using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class TokenRenewalTests : OAuthTest
{
    [Fact]
    public async Task A_token_that_ends_in_the_middle_of_a_thousand_emails_is_renewed_once_and_no_email_is_lost_or_doubled()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        await using var server = StartServer(identity);
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret");
        await using var transporter = new SmtpTransporter(
            With(server, provider) with { MaxConnections = 4, MaxMessagesPerConnection = 10 });
        var emails = Enumerable.Range(0, 1000).Select(i =>
        {
            var email = NewMail();
            email.Subject = $"Number {i}";
            return email;
        });

        var (results, done) = (new List<SendManyResult>(), 0);
        await foreach (var item in transporter.SendManyAsync(emails, cancellationToken: Cancellation))
        {
            results.Add(item);
            if (++done == 500)
                identity.RevokeAccessTokens();
        }

        Assert.All(results, item => AssertAccepted(item.Result));
        Assert.Equal(1000, results.Count);
        Assert.Equal(1000, server.Messages.Count);
        Assert.Equal(1000, server.Messages.Select(m => m.Message.Subject).Distinct().Count());
        Assert.Equal(2, identity.IssuedTokens);
    }

    [Fact]
    public async Task One_refusal_of_the_endpoint_is_the_answer_for_all_who_waited_for_it()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "wrong");
        var gate = new TaskCompletionSource();
        identity.Enqueue(new() { Gate = gate.Task });

        var all = Enumerable.Range(0, 20).Select(_ => provider.GetTokenAsync(renew: false, Cancellation).AsTask()).ToList();
        gate.SetResult();

        foreach (var task in all)
            Assert.Equal("invalid_client", (await Assert.ThrowsAsync<AccessTokenException>(() => task)).Error);
        Assert.Single(identity.Requests);
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_end_the_wait_of_the_others()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret");
        using var impatient = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        identity.Enqueue(new() { Gate = gate.Task });

        var first = provider.GetTokenAsync(renew: false, impatient.Token).AsTask();
        await identity.WaitForRequestAsync(cancellationToken: Cancellation);
        var second = provider.GetTokenAsync(renew: false, Cancellation).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.True(identity.IsValid((await second).Value));
        Assert.Single(identity.Requests);
    }

    [Fact]
    public async Task A_refusal_that_lasts_is_not_asked_for_by_each_of_many_emails()
    {
        var time = new FakeTimeProvider();
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "expired", time: time);
        var counts = new List<int>();

        foreach (var seconds in new[] { 0, 0, 0, 1, 1, 1, 3, 1 })
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            var exception = await Assert.ThrowsAsync<AccessTokenException>(
                () => provider.GetTokenAsync(renew: false, Cancellation).AsTask());
            Assert.Equal("invalid_client", exception.Error);
            counts.Add(identity.Requests.Count);
        }

        Assert.Equal([1, 2, 2, 3, 3, 4, 4, 5], counts);
    }

    [Fact]
    public async Task A_callback_that_throws_is_called_once_for_all_who_waited_for_it()
    {
        await using var identity = OAuthTestServer.Start();
        var (gate, calls) = (new TaskCompletionSource(), 0);
        var credential = ClientCredential.FromFederatedToken(async _ =>
        {
            calls++;
            await gate.Task;
            throw new InvalidDataException("The vault is closed.");
        });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", credential);

        var all = Enumerable.Range(0, 20).Select(_ => provider.GetTokenAsync(renew: false, Cancellation).AsTask()).ToList();
        gate.SetResult();

        foreach (var task in all)
            await Assert.ThrowsAsync<InvalidDataException>(() => task);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_token_that_is_valid_is_given_out_while_its_renewal_hangs_and_fails()
    {
        var time = new FakeTimeProvider();
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret", time: time);
        var gate = new TaskCompletionSource();
        var first = await GetAsync();
        time.Advance(TimeSpan.FromMinutes(59));
        identity.Enqueue(new() { Gate = gate.Task, Status = 503, Body = "busy" });

        var hanging = await GetAsync();
        await identity.WaitForRequestAsync(1, Cancellation);
        var renewal = provider.RenewAsync(first, Cancellation).AsTask();
        gate.SetResult();
        await Assert.ThrowsAsync<AccessTokenException>(() => renewal);
        var failed = await GetAsync();
        var requests = identity.Requests.Count;
        time.Advance(TimeSpan.FromSeconds(30));
        var again = await GetAsync();
        await identity.WaitForRequestAsync(2, Cancellation);
        var next = (await provider.RenewAsync(first, Cancellation)).Value;

        Assert.Equal([first, first, first], [hanging, failed, again]);
        Assert.NotEqual(first, next);
        Assert.Equal((2, 3), (requests, identity.Requests.Count));

        async Task<string> GetAsync() => (await provider.GetTokenAsync(renew: false, Cancellation)).Value;
    }

    [Fact]
    public async Task A_renewal_that_fails_for_now_leaves_the_old_token_in_use_while_it_is_valid()
    {
        var time = new FakeTimeProvider();
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret", time: time);

        var first = await provider.GetTokenAsync(renew: false, Cancellation);
        time.Advance(TimeSpan.FromMinutes(59));
        identity.Enqueue(new() { Status = 503, Body = "busy" });
        var second = await provider.GetTokenAsync(renew: false, Cancellation);
        time.Advance(TimeSpan.FromMinutes(1));
        identity.Enqueue(new() { Status = 503, Body = "busy" });

        Assert.Equal(first.Value, second.Value);
        await Assert.ThrowsAsync<AccessTokenException>(() => provider.GetTokenAsync(renew: false, Cancellation).AsTask());
    }

    [Fact]
    public async Task An_endpoint_that_asks_to_wait_is_asked_again_only_after_that_time()
    {
        var time = new FakeTimeProvider();
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret", time: time);
        identity.Enqueue(new() { Status = 429, Error = "slow_down", RetryAfter = TimeSpan.FromSeconds(90) });

        var first = await Assert.ThrowsAsync<AccessTokenException>(() => provider.GetTokenAsync(renew: false, Cancellation).AsTask());
        time.Advance(TimeSpan.FromSeconds(89));
        var second = await Assert.ThrowsAsync<AccessTokenException>(() => provider.GetTokenAsync(renew: true, Cancellation).AsTask());
        time.Advance(TimeSpan.FromSeconds(1));
        var token = await provider.GetTokenAsync(renew: false, Cancellation);

        Assert.Equal((true, first.Message), (first.IsTransient, second.Message));
        Assert.Contains("Wait until 00:01:30 UTC", first.Message);
        Assert.Equal(time.Start + TimeSpan.FromSeconds(90), first.RetryAt);
        Assert.True(identity.IsValid(token.Value));
        Assert.Equal(2, identity.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_endpoint_that_hangs_is_bounded_by_the_connection_timeout(bool async) => await WithGrowingLimit(async limit =>
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        await using var server = StartServer(identity);
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret");
        await using var transporter = new SmtpTransporter(With(server, provider) with { ConnectionTimeout = limit });
        identity.Enqueue(new() { Gate = new TaskCompletionSource().Task });

        var result = await SendAsync(transporter, async);
        if (identity.Requests.Count == 0)
            return false;

        AssertNotSent(result, SmtpErrorCodes.TokenUnavailable, "auth");
        Assert.True(result.IsTransient);
        Assert.Contains($"{identity.TokenEndpoint} returned no token within ConnectionTimeout", Describe(result));
        return true;
    });
}
