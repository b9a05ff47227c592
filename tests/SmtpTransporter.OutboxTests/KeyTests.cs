using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Mails whose key is gone: each host of these tests has keys of its own, and forgets them.</summary>
public sealed class KeyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_that_cannot_be_decrypted_does_not_stop_others_and_ends_as_a_dead_letter()
    {
        await using var host = await StartAsync(o => (o.EnableWorker, o.MaxRetryDelay, o.ExpireAfter) = (false, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2)));
        var lost = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);
        var good = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), cancellationToken: Cancellation);
        await host.UntilAsync(good, OutboxState.Sent);
        var dead = await host.UntilAsync(lost, OutboxState.DeadLettered);

        Assert.False(dead.IsReadable);
        Assert.Equal(("", 0), (dead.Subject, dead.Recipients.Count));
        Assert.True(dead.AttemptCount > 1, $"{dead.AttemptCount} tries");
        Assert.All(dead.History, t => Assert.Equal(Outcome.NotSent, t.Outcome));
        Assert.NotEqual("", dead.History[0].Text);
        Assert.Equal([good, lost], (await host.Outbox.ListAsync(cancellationToken: Cancellation)).Select(e => e.Id));
        await Assert.ThrowsAsync<CryptographicException>(() => host.Outbox.ResendAsync(lost, Cancellation));
        Assert.True(await host.Outbox.DiscardAsync(lost, Cancellation));
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task What_was_said_of_it_before_is_there_and_says_that_it_cannot_be_read()
    {
        await using var host = await StartAsync();
        host.Server.Script.On(Testing.SmtpStep.RcptTo).Reply(550, "5.1.1 Unknown");
        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        await host.UntilAsync(id, OutboxState.DeadLettered);
        await host.StopAsync();

        await host.RunAsync();
        var entry = (await host.Outbox.GetAsync(id, Cancellation))!;

        Assert.Equal((OutboxState.DeadLettered, false), (entry.State, entry.IsReadable));
        Assert.Equal("It cannot be decrypted.", Assert.Single(entry.History).Text);
    }

    private static Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null) => OutboxHost.StartAsync(
        o =>
        {
            o.EncryptAtRest = true;
            configure?.Invoke(o);
        },
        services => services.AddDataProtection().UseEphemeralDataProtectionProvider());

    private static Email Mail(string to) => new() { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello" };
}
