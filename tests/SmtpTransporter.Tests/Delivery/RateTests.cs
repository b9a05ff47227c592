using System.Threading.RateLimiting;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests rate limits: they are exact over all connections, and a send waits for them within its time limit.</summary>
public sealed class RateTests : SocketTest
{
    private static TokenBucketRateLimiter Bucket(int tokens, int queue = 1000) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = tokens,
        TokensPerPeriod = tokens,
        ReplenishmentPeriod = TimeSpan.FromHours(1),
        QueueLimit = queue,
        AutoReplenishment = false,
    });

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task All_connections_together_send_at_most_the_permitted_messages(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var limiter = Bucket(5, queue: 0);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MessageRate = limiter, MaxConnections = 4 });

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SendAsync(transporter, async)));

        Assert.Equal(
            (5, 7), (results.Count(r => r.Success), results.Count(r => r.Errors.Any(e => e.ErrCode == SmtpErrorCodes.RateLimited))));
        Assert.Equal(5, server.Messages.Count);
        Assert.All(results.Where(r => !r.Success), r => Assert.Equal((Outcome.NotSent, true), (r.Outcome, r.IsTransient)));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_send_waits_for_its_permit(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 10 });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MessageRate = limiter });
        var held = limiter.AttemptAcquire();

        var waiting = SendAsync(transporter, async);
        Assert.True(SpinWait.SpinUntil(() => limiter.GetStatistics()!.CurrentQueuedCount == 1, TimeSpan.FromSeconds(30)));
        Assert.Empty(server.Sessions);
        held.Dispose();

        AssertAccepted(await waiting);
        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_permit_that_is_not_granted_in_time_is_reported_in_the_result(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var limiter = Bucket(1);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MessageRate = limiter, SendTimeout = Brief });
        Assert.True(limiter.AttemptAcquire().IsAcquired);

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.RateLimited, "conf");

        Assert.Empty(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Recipients_are_counted_individually_and_by_domain(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var recipients = Bucket(4, queue: 0);
        await using var domains = PartitionedRateLimiter.Create<string, string>(domain => RateLimitPartition.GetTokenBucketLimiter(
            domain, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 2,
                TokensPerPeriod = 1,
                ReplenishmentPeriod = TimeSpan
                .FromHours(1),
                QueueLimit = 0,
                AutoReplenishment = false
            }));
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { RecipientRate = recipients, RecipientDomainRate = domains });

        AssertAccepted(await SendAsync(transporter, async, NewMail("a@one.example, b@ONE.example")));
        AssertNotSent(await SendAsync(transporter, async, NewMail("c@one.example")), SmtpErrorCodes.RateLimited, "conf");
        AssertAccepted(await SendAsync(transporter, async, NewMail("d@two.example")));
        AssertNotSent(await SendAsync(transporter, async, NewMail("e@two.example")), SmtpErrorCodes.RateLimited, "conf");
        var tooMany = await SendAsync(transporter, async, NewMail("a@x.example, b@x.example, c@x.example, d@x.example, e@x.example"));
        AssertNotSent(tooMany, SmtpErrorCodes.RateLimitExceedsCapacity, "conf");
        Assert.False(tooMany.IsTransient);
    }
}
