using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>One of many emails is odd: the others are not held up.</summary>
public abstract class GroupTests : ServerDatabaseTests
{
    [Fact]
    public async Task A_result_that_the_database_refuses_is_recorded_without_its_texts_and_holds_up_no_other()
    {
        await using var host = await StartAsync();
        var ids = await host.EnqueueManyAsync(TestEmail.Many(60).Select(e => e with { TransporterName = "fake" }));
        await Database.RefuseAttemptsAsync(ids[30], "odd");
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);

        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        var odd = await host.Outbox.GetAsync(ids[30], Cancellation);
        Assert.Contains("refused the texts", Assert.Single(odd!.History).Text, StringComparison.Ordinal);
        Assert.Equal("odd reply", Assert.Single((await host.Outbox.GetAsync(ids[31], Cancellation))!.History).Text);
    }

    [Fact]
    public async Task A_result_that_the_database_never_takes_holds_no_place()
    {
        await using var host = await StartAsync(o => o.MaxConcurrency = 1);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(5).Select(e => e with { TransporterName = "fake" }));
        await Database.RefuseAttemptsAsync(ids[1], null);
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);

        foreach (var id in ids.Where(id => id != ids[1]))
            await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(OutboxState.Sending, (await host.Outbox.GetAsync(ids[1], Cancellation))!.State);
    }

    [Fact]
    public async Task An_email_that_is_erased_while_it_is_sent_fails_no_other()
    {
        await using var host = await StartAsync(o => o.EnableWorker = true);
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).Times(3).WaitFor(answer.Task);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(20));
        await transmitted.Reached.WaitAsync(Cancellation);

        await Database.ExecuteAsync("DELETE FROM smtp_outbox_email WHERE state = 1");
        answer.SetResult();

        // The last one.
        await host.Server.WaitForMessageAsync(19, Cancellation);
        await Poll.UntilAsync(
            async () => (await host.Outbox.CountAsync(Cancellation)).ByState is var counts
                && counts.Keys.All(s => s == OutboxState.Sent) && counts.Count == 1,
            Cancellation);
        Assert.Equal(20, host.Server.Messages.Count);
        Assert.InRange((await host.Outbox.CountAsync(Cancellation))[OutboxState.Sent], 10, ids.Count - 1);
    }

    [Theory]
    [InlineData(SmtpStep.Connect)]
    [InlineData(SmtpStep.EndOfData)]
    public async Task An_email_whose_row_another_session_holds_waits_alone_and_is_sent_once(SmtpStep step)
    {
        var log = new LogLines();
        await using var host = await OutboxHost.StartAsync(
            o => Database.Use(o), services => services.AddLogging(b => b.AddProvider(log)));
        var answer = new TaskCompletionSource();
        var begun = host.Server.Script.On(step).Times(1).WaitFor(answer.Task);
        var locked = await host.EnqueueAsync(TestEmail.To("locked"));
        await begun.Reached.WaitAsync(Cancellation);
        await using var other = await Database.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await other.ScalarAsync($"SELECT 1 FROM smtp_outbox_email WHERE id = '{locked:N}' FOR UPDATE", Cancellation, transaction);
        answer.SetResult();
        await Poll.UntilAsync(() => Task.FromResult(log.Warnings.Count > 0), Cancellation);

        var ids = await host.EnqueueManyAsync(TestEmail.Many(30));
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        var during = await host.Outbox.GetAsync(locked, Cancellation);
        await transaction.RollbackAsync(Cancellation);

        var after = await host.UntilAsync(locked, OutboxState.Sent);
        Assert.Equal(step == SmtpStep.Connect ? OutboxState.Waiting : OutboxState.Sending, during!.State);
        Assert.Equal(1, after.AttemptCount);
        Assert.Equal(31, host.Server.Messages.Count);
        Assert.Contains($"holds the row of {locked}", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_that_is_erased_by_the_session_that_holds_its_row_is_forgotten()
    {
        await using var host = await StartAsync(o => o.EnableWorker = true);
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(answer.Task);
        var erased = await host.EnqueueAsync(TestEmail.To("erased"));
        await transmitted.Reached.WaitAsync(Cancellation);
        var writer = host.Services.GetRequiredService<GroupWriter>();
        await using var other = await Database.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await other.ExecuteAsync($"DELETE FROM smtp_outbox_email WHERE id = '{erased:N}'", Cancellation, transaction);
        answer.SetResult();
        await Poll.UntilAsync(() => Task.FromResult(writer.Pending == 1), Cancellation);

        await transaction.CommitAsync(Cancellation);

        await Poll.UntilAsync(() => Task.FromResult(writer.Pending == 0), Cancellation);
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("ann")), OutboxState.Sent);
        Assert.Null(await host.Outbox.GetAsync(erased, Cancellation));
    }

    [Theory]
    [InlineData("IdempotencyKey", 0)]
    [InlineData("Lane", 0)]
    [InlineData("Lane", 0xD83D)]
    [InlineData("TransporterName", 0xDC00)]
    public async Task A_text_that_the_database_cannot_store_is_named(string property, int character)
    {
        await using var host = await StartAsync();
        var (email, text) = (new OutboxEmail(TestEmail.To("ann")), $"ab{(char)character}");
        email = property switch
        {
            "IdempotencyKey" => email with { IdempotencyKey = text },
            "Lane" => email with { Lane = text },
            _ => email with { TransporterName = text },
        };

        var exception = await Assert.ThrowsAsync<EnqueueException>(() => host.EnqueueManyAsync([email]));

        Assert.StartsWith($"{property} has the character U+{character:X4} at position 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_that_cannot_be_read_becomes_a_dead_letter_and_the_rest_of_its_batch_is_sent()
    {
        await using var host = await StartAsync(o => o.RetrySchedule = _ => null);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(50));
        await Database.Tables.DamageEnvelopeAsync(ids[20]);
        await Database.Tables.DamageMessageAsync(ids[30]);
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);

        Assert.False((await host.UntilAsync(ids[20], OutboxState.DeadLettered)).IsReadable);
        var cut = await host.UntilAsync(ids[30], OutboxState.DeadLettered);
        Assert.Contains("has 50 bytes instead of", Assert.Single(cut.History).Text, StringComparison.Ordinal);
        foreach (var id in ids.Where((_, i) => i is not (20 or 30)))
            await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(48, host.Server.Messages.Count);
    }

    private protected Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null)
    {
        var fake = new FakeSmtpTransporter();
        fake.On().Return(SendResult.Create(Outcome.Accepted, 250, "odd reply"));
        return OutboxHost.StartAsync(
            o =>
            {
                Database.Use(o).EnableWorker = false;
                configure?.Invoke(o);
            },
            services => services.AddKeyedSingleton<ISmtpTransporter>("fake", fake));
    }
}
