using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>An encrypted outbox whose application gets other keys, whatever the database.</summary>
public abstract class ReencryptionTests : QueryTestBase
{
    private static readonly byte[] Attachment = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("needle", 20_000)));

    private readonly string _keys = Directory.CreateTempSubdirectory("keys").FullName;

    private IKeyManager Keys => Host.Services.GetRequiredService<IKeyManager>();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_keys, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Everything_under_an_old_key_is_encrypted_again_and_read_without_that_key()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        var ann = await Host.EnqueueAsync(TestEmail.To("ann", Attachment));
        var bob = await Host.EnqueueAsync(TestEmail.To("bob"));
        await Outbox.CancelAsync(bob, Cancellation);
        var old = Directory.GetFiles(_keys);
        await AddKeyAsync();

        Assert.Equal(new OutboxReencryption(2, 0, 0), await Outbox.ReencryptAsync(cancellationToken: Cancellation));
        Assert.Equal(new OutboxReencryption(0, 0, 0), await Outbox.ReencryptAsync(cancellationToken: Cancellation));
        await Host.StopAsync();
        foreach (var file in old)
            File.Delete(file);
        await Host.RunAsync();

        var message = (await Outbox.GetMessageAsync(ann, Cancellation))!;
        Assert.Equal(Attachment, Email.FromMime(message.Message.ToArray()).Attachments[0].GetContent());
        Assert.Equal("Waiting: canceled.", Assert.Single((await Outbox.GetAsync(bob, Cancellation))!.History).Text);
        Assert.Equal([bob], await FindAsync(new OutboxQuery { Recipient = "bob@example.org" }));
    }

    [Fact]
    public async Task The_sweeper_encrypts_emails_again_that_were_changed_under_a_newer_key()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await AddKeyAsync();
        // The history is under the new key, and the message is not.
        await Outbox.CancelAsync(id, Cancellation);

        await Host.Services.GetRequiredService<Sweeper>().SweepAsync(Cancellation);

        Assert.Equal(new OutboxReencryption(1, 0, 0), Host.Services.GetRequiredService<KeyRotation>().Last);
        Assert.Equal(new OutboxReencryption(0, 0, 0), await Outbox.ReencryptAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task What_a_revoked_key_has_encrypted_is_told_and_trusted_only_if_a_person_says_so()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await UntilOtherKeyAsync(() => Keys.RevokeKey(Assert.Single(Keys.GetAllKeys()).KeyId));

        Assert.Equal(new OutboxReencryption(0, 1, 0), await Outbox.ReencryptAsync(cancellationToken: Cancellation));
        var exception = await Assert.ThrowsAsync<CryptographicException>(() => Outbox.GetMessageAsync(id, Cancellation));
        Assert.StartsWith("The email cannot be decrypted: ", exception.Message, StringComparison.Ordinal);
        var health = await CheckHealthAsync();
        Assert.Equal((HealthStatus.Degraded, 1), (health.Status, health.Data["revokedKeyEmails"]));
        Assert.StartsWith("1 emails are encrypted with a key that was revoked: ", health.Description, StringComparison.Ordinal);
        Assert.Equal(new OutboxReencryption(1, 0, 0), await Outbox.ReencryptAsync(includeRevoked: true, Cancellation));

        Assert.NotNull(await Outbox.GetMessageAsync(id, Cancellation));
        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
        Assert.Equal(HealthStatus.Healthy, (await CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task An_email_whose_key_is_missing_is_counted_and_the_others_are_encrypted_again()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        await Host.EnqueueAsync(TestEmail.To("lost"));
        await Host.StopAsync();
        foreach (var file in Directory.GetFiles(_keys))
            File.Delete(file);
        await Host.RunAsync();
        await Host.EnqueueAsync(TestEmail.To("ann"));
        await AddKeyAsync();

        Assert.Equal(new OutboxReencryption(1, 0, 1), await Outbox.ReencryptAsync(cancellationToken: Cancellation));
        Assert.Equal((HealthStatus.Degraded, 1), ((await CheckHealthAsync()).Status, (await CheckHealthAsync()).Data["unreadableEmails"]));
    }

    [Fact]
    public async Task Emails_are_sent_and_found_after_encryption_was_switched_on_and_off()
    {
        await Host.EnqueueAsync(TestEmail.To("plain", Attachment));
        await RestartWithAsync(o => o.EncryptAtRest = true);
        await Host.EnqueueAsync(TestEmail.To("secret", Attachment));
        await RestartWithAsync(o => o.EncryptAtRest = false);
        await Host.EnqueueAsync(TestEmail.To("plain2", Attachment));
        var found = await FindAsync(new OutboxQuery());
        Assert.Equal(3, found.Count);
        foreach (var name in (string[])["plain", "secret", "plain2"])
            Assert.Single(await FindAsync(new OutboxQuery { Recipient = $"{name}@example.org" }));
        Assert.Equal(new OutboxReencryption(0, 0, 0), await Outbox.ReencryptAsync(cancellationToken: Cancellation));

        await SendAsync();
        foreach (var id in found)
            await Host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(3, Host.Server.Messages.Count);
    }

    [Fact]
    public async Task Without_keys_nothing_can_be_encrypted_again()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => host.Outbox.ReencryptAsync(cancellationToken: Cancellation));

        Assert.Contains("AddDataProtection", exception.Message, StringComparison.Ordinal);
    }

    private protected override void AddKeys(IServiceCollection services) =>
        services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(_keys));

    private async Task RestartWithAsync(Action<OutboxOptions> configure)
    {
        await Host.StopAsync();
        await Host.RunAsync(configure);
    }

    private Task AddKeyAsync() =>
        UntilOtherKeyAsync(() => Keys.CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90)));

    /// <summary>The application goes on with the old key until it has read the new one, in the background.</summary>
    private async Task UntilOtherKeyAsync(Action change)
    {
        var protector = Host.Services.GetRequiredService<PayloadProtector>();
        var old = FindKey();
        change();
        await Poll.UntilAsync(() => Task.FromResult(FindKey() != old));

        string FindKey() => Convert.ToHexString(protector.Write([], asProtected: true).AsSpan(0, 20));
    }

    private Task<HealthCheckResult> CheckHealthAsync()
    {
        Host.Services.GetRequiredService<HealthReading>().Invalidate();
        var check = ActivatorUtilities.CreateInstance<OutboxHealthCheck>(Host.Services);
        return check.CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("outbox", check, null, null) }, Cancellation);
    }
}
