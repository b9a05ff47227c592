using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Emails that are encrypted at rest. Each host of these tests has keys of its own, and forgets them.</summary>
public sealed class PayloadProtectorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_file_contains_nothing_readable_of_an_encrypted_email()
    {
        await using var host = await StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 Nobody named needle-words");
        var email = TestEmail.To("needle-address");
        email.Subject = "needle-subject";
        email.TextBody = "needle-body";
        var attachment = string.Concat(Enumerable.Repeat("needle", 20_000));
        email.Attachments.Add(MailAttachment.FromBytes(Encoding.ASCII.GetBytes(attachment), "a.bin"));

        var id = await host.EnqueueAsync(email);
        var entry = await host.UntilAsync(id, OutboxState.DeadLettered);
        await host.StopAsync();

        Assert.Equal("needle-subject", entry.Subject);
        Assert.Contains("needle-words", entry.History[0].Text, StringComparison.Ordinal);
        SqliteConnection.ClearAllPools();
        var bytes = Directory.GetFiles(Path.GetDirectoryName(host.Path)!).SelectMany(File.ReadAllBytes).ToArray();
        Assert.True(bytes.Length > 100_000);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("needle"u8));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String("needleneedle"u8))));
    }

    [Fact]
    public async Task An_application_without_data_protection_does_not_start_with_EncryptAtRest()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => OutboxHost.StartAsync(o => o.EncryptAtRest = true));

        Assert.Contains("AddDataProtection", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_that_cannot_be_decrypted_becomes_a_dead_letter_and_blocks_no_others()
    {
        await using var host = await StartAsync(o =>
        {
            o.EnableWorker = false;
            o.MaxRetryDelay = TimeSpan.FromMilliseconds(100);
            o.ExpireAfter = TimeSpan.FromSeconds(2);
        });
        var lost = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);
        var good = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.UntilAsync(good, OutboxState.Sent);
        var dead = await host.UntilAsync(lost, OutboxState.DeadLettered);

        Assert.False(dead.IsReadable);
        Assert.Equal(("", 0), (dead.Subject, dead.Recipients.Count));
        Assert.True(dead.AttemptCount > 1, $"{dead.AttemptCount} attempts");
        Assert.All(dead.History, t => Assert.Equal(Outcome.NotSent, t.Outcome));
        Assert.NotEqual("", dead.History[0].Text);
        Assert.Equal([good, lost], (await host.Outbox.ListAsync(cancellationToken: Cancellation)).Entries.Select(e => e.Id));
        await Assert.ThrowsAsync<CryptographicException>(() => host.Outbox.ResendAsync(lost, Cancellation));
        Assert.True(await host.Outbox.DiscardAsync(lost, Cancellation));
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task The_history_of_an_email_that_cannot_be_decrypted_says_so()
    {
        await using var host = await StartAsync();
        host.Server.Script.On(Testing.SmtpStep.RcptTo).Reply(550, "5.1.1 Unknown");
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
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
}
