using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>
/// Where a suppression list could stop holding without a word: lost keys, further transactions, emails that are marked, many that wait.
/// OUTBOX_CLICK is how many emails of the stream wait at the click.
/// </summary>
public abstract class SuppressionSafetyTests : QueryTestBase
{
    private const string Needle = "needle@example.org";
    private const string Marking = "marking";

    private static readonly int Waiting =
        int.TryParse(Environment.GetEnvironmentVariable("OUTBOX_CLICK"), CultureInfo.InvariantCulture, out var count) ? count : 120;

    private readonly MarkingTransporter _marking = new();

    private ISuppressionList Suppressions => Host.Services.GetRequiredService<ISuppressionList>();

    [Fact]
    public async Task Nothing_is_sent_while_the_key_of_an_entry_is_missing_and_the_health_check_says_what_to_do()
    {
        await RestartWithAsync(o => o.EncryptAtRest = true);
        await SuppressAsync(null);
        // Its keys are others now.
        await RestartWithAsync(o => (o.EncryptAtRest, o.EnableWorker) = (false, true));
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await Tables.UntilReleasedAsync();

        var health = await CheckHealthAsync();

        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains("entries whose key this application does not have", health.Description, StringComparison.Ordinal);
        Assert.Empty(Host.Server.Messages);
        await Assert.ThrowsAsync<LostSuppressionsException>(() => Suppressions.FindAsync(Needle, Cancellation));
        await Assert.ThrowsAsync<LostSuppressionsException>(() => Suppressions.RemoveAsync(Needle, "ann", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<LostSuppressionsException>(() => Outbox.EraseAsync(Needle, "ann", cancellationToken: Cancellation));
        var refused = await Assert.ThrowsAsync<CryptographicException>(() => SuppressAsync("news"));
        Assert.StartsWith("Nothing was added to the suppression list: ", refused.Message, StringComparison.Ordinal);
        Assert.False(Assert.Single((await Suppressions.ListAsync(cancellationToken: Cancellation)).Entries).IsReadable);
        await Assert.ThrowsAsync<CryptographicException>(() => Suppressions.ExportAsync(new StringWriter(), Cancellation));
        await Tables.MendAsync(StatementIn(health.Description!));
        await Host.UntilAsync(id, OutboxState.Sent);
        await Tables.MendAsync(StatementIn(refused.Message));
        Assert.True(await SuppressAsync("news"));
        Assert.Equal(HealthStatus.Healthy, (await CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task What_was_added_in_clear_is_encrypted_later_and_holds_emails_back_before_and_after()
    {
        await Suppressions.AddAsync(
            new Suppression(Needle, SuppressionReason.Manual) { Words = "a needle", By = "needle" }, Cancellation);
        await Suppressions.AddAsync(new Suppression("erased@example.org", SuppressionReason.Manual), Cancellation);
        await Outbox.EraseAsync("erased@example.org", "ann", cancellationToken: Cancellation);
        await RestartWithAsync(o => o.EncryptAtRest = true);
        Assert.False(await SuppressAsync(null));

        await Host.Services.GetRequiredService<Sweeper>().SweepAsync(Cancellation);

        var stored = await Tables.ReadAsync("suppression");
        Assert.DoesNotContain("needle", stored, StringComparison.OrdinalIgnoreCase);
        foreach (var address in (string[])[Needle, "erased@example.org"])
        {
            Assert.DoesNotContain(SearchTerms.OfRecipient(address, null), stored, StringComparison.Ordinal);
            Assert.Single(await Suppressions.FindAsync(address, Cancellation));
        }
        Assert.False(await SuppressAsync(null));
        Assert.Equal("a needle", Assert.Single(await Suppressions.FindAsync(Needle, Cancellation)).Words);
    }

    [Fact]
    public async Task A_further_transaction_does_not_begin_for_a_recipient_who_is_suppressed_meanwhile()
    {
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, "needle@").Times(1).Reply(452, "4.5.3 Too many recipients");
        var gate = new TaskCompletionSource();
        var hanging = Host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(gate.Task);
        var id = await Host.EnqueueAsync(TestEmail.To("ann@example.org, needle@example.org"));
        await hanging.Reached.WaitAsync(Cancellation);

        await SuppressAsync(null);
        gate.SetResult();

        var entry = await Host.UntilAsync(id, e => e.IsFinal);
        Assert.Equal([RecipientState.Accepted, RecipientState.Suppressed], entry.Recipients.Select(r => r.State));
        Assert.Equal(["ann@example.org"], Assert.Single(Host.Server.Messages).Recipients);
        Assert.Equal(1, CountMails());
    }

    [Fact]
    public async Task A_further_transaction_is_not_hindered_by_a_decision_about_others()
    {
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, "bob@").Times(1).Reply(452, "4.5.3 Too many recipients");
        var gate = new TaskCompletionSource();
        var hanging = Host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(gate.Task);
        var id = await Host.EnqueueAsync(TestEmail.To("ann@example.org, bob@example.org"));
        await hanging.Reached.WaitAsync(Cancellation);

        await SuppressAsync(null);
        gate.SetResult();

        Assert.Equal(1, (await Host.UntilAsync(id, OutboxState.Sent)).AttemptCount);
        Assert.Equal(2, Host.Server.Messages.Count);
    }

    [Fact]
    public async Task An_email_that_is_marked_and_has_not_begun_is_held_back()
    {
        await SendAsync();
        var id = await Host.EnqueueAsync(TestEmail.To("needle"), transporterName: Marking);
        await _marking.Marked.WaitAsync(Cancellation);

        await SuppressAsync(null);
        _marking.Go();

        Assert.Equal(RecipientState.Suppressed, (await Host.UntilAsync(id, OutboxState.Canceled)).Recipients[0].State);
        Assert.Equal((1, 0), (_marking.Tries, _marking.Begun));
    }

    [Fact]
    public async Task No_email_of_the_stream_goes_out_after_the_click_however_many_wait()
    {
        for (var left = Waiting; left > 0; left -= 1000)
            await Host.EnqueueManyAsync(Enumerable.Range(0, Math.Min(left, 1000)).Select(_ => TestEmail.Of("newsletter", "needle")));
        var other = await Host.EnqueueManyAsync([TestEmail.Of("newsletter", "ann"), TestEmail.Of(null, "needle")]);
        await RestartWithAsync(o => (o.EnableWorker, o.MaxConcurrency) = (true, 2));
        var first = Host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(Task.CompletedTask);
        await first.Reached.WaitAsync(Cancellation);

        await SuppressAsync("newsletter");
        var mails = CountMails();
        var begun = (await Outbox.CountAsync(
            new OutboxQuery { Recipient = Needle, States = [OutboxState.Sending, OutboxState.Sent] }, 100_000, Cancellation)).Count;
        foreach (var id in other)
            await Host.UntilAsync(id, OutboxState.Sent);
        await Poll.UntilAsync(async () => await CountAsync(OutboxState.Sending) + await CountAsync(OutboxState.Waiting) == 0, Cancellation);

        var (sent, canceled) = (await CountAsync(OutboxState.Sent), await CountAsync(OutboxState.Canceled));
        Assert.Equal(Waiting + 1, sent + canceled);
        Assert.InRange(sent, 1, begun + 1);
        // The two others, and what the server had not read yet.
        Assert.InRange(CountMails(), mails, mails + 4);
        Assert.True(canceled > 0, "All were sent before the click.");
    }

    [Fact]
    public async Task The_stream_is_a_column_and_not_a_part_of_what_each_attempt_writes_anew()
    {
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, "needle@").Reply(451, "4.3.0 Later");
        var ids = await Host.EnqueueManyAsync([TestEmail.Of("newsletter", "needle")]);
        await Host.UntilAsync(ids[0], e => e.AttemptCount > 0);

        Assert.Single(System.Text.RegularExpressions.Regex.Matches(await Tables.ReadAsync("email"), "newsletter"));
        await SuppressAsync("newsletter");

        Assert.Equal("newsletter", (await Host.UntilAsync(ids[0], OutboxState.Canceled)).Stream);
    }

    private protected override void AddKeys(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddKeyedSingleton<ISmtpTransporter>(Marking, _marking);
    }

    private Task<bool> SuppressAsync(string? stream) =>
        Suppressions.AddAsync(new Suppression(Needle, SuppressionReason.Unsubscribe) { Stream = stream, By = "link" }, Cancellation);

    private async Task RestartWithAsync(Action<OutboxOptions> configure)
    {
        await Host.StopAsync();
        await Host.RunAsync(configure);
    }

    private async Task<long> CountAsync(OutboxState state) =>
        (await Outbox.CountAsync(new OutboxQuery { Recipient = Needle, States = [state] }, 100_000, Cancellation)).Count;

    private int CountMails() =>
        Host.Server.Sessions.SelectMany(s => s.Commands).Count(c => c.StartsWith("MAIL", StringComparison.Ordinal));

    private static string StatementIn(string text)
    {
        var start = text.IndexOf("DELETE FROM", StringComparison.Ordinal);
        return text[start..(text.IndexOf(')', start) + 1)];
    }

    private Task<HealthCheckResult> CheckHealthAsync()
    {
        Host.Services.GetRequiredService<HealthReading>().Invalidate();
        var check = ActivatorUtilities.CreateInstance<OutboxHealthCheck>(Host.Services);
        return check.CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("outbox", check, null, null) }, Cancellation);
    }

    /// <summary>Marks an email first, as is done if the whole message follows MAIL at once, and begins it later.</summary>
    private sealed class MarkingTransporter : StoredMessageTransporter
    {
        private readonly TaskCompletionSource _marked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Marked => _marked.Task;

        public int Tries { get; private set; }

        public int Begun { get; private set; }

        public void Go() => _go.SetResult();

        public override async Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
        {
            Tries++;
            await message.BeforeTransmission!(cancellationToken);
            _marked.TrySetResult();
            await _go.Task.WaitAsync(cancellationToken);
            try
            {
                using var permit = await message.BeforeEnvelope!(cancellationToken);
                Begun++;
                return SendResult.Create(Outcome.Accepted, 250, "Ok");
            }
            catch (InvalidOperationException exception)
            {
                return SendResult.Create(Outcome.NotSent, 0, exception.Message);
            }
        }
    }
}
