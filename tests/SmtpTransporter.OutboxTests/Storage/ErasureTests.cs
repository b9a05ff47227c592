using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What is left of a person whose emails are erased, whatever the database.</summary>
public abstract class ErasureTests : QueryTestBase
{
    private protected const string Address = "needle@example.org";

    private static readonly byte[] Attachment = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("needle", 20_000)));

    [Fact]
    public async Task No_table_has_the_address_or_the_content_afterwards_and_the_entry_remains()
    {
        var other = await Host.EnqueueAsync(TestEmail.To("other"));
        var id = await SendNeedleAsync();
        var before = (await Outbox.GetAsync(id, Cancellation))!;

        var erasure = await Outbox.EraseAsync(" NEEDLE@example.org", "ann", $"request of {Address}", cancellationToken: Cancellation);

        Assert.Equal((1, 0, 0), (erasure.ErasedCount, erasure.CanceledCount, erasure.Remaining.Count));
        await AssertGoneAsync();
        var entry = (await Outbox.GetAsync(id, Cancellation))!;
        Assert.True(entry is { IsErased: true, IsReadable: true, Subject: "", Recipients.Count: 0, IdempotencyKey: null });
        Assert.Equal(
            (before.State, before.CreatedAt, before.EndedAt, before.AttemptCount),
            (entry.State, entry.CreatedAt, entry.EndedAt, entry.AttemptCount));
        Assert.Equal("Erased by ann (request of (address)).", Assert.Single(entry.History).Text);
        Assert.Null(await Outbox.GetMessageAsync(id, Cancellation));
        Assert.False(await Outbox.ResendAsync(id, Cancellation));
        Assert.Equal([other], await FindAsync(new OutboxQuery { Recipient = "other@example.org" }));
        Assert.NotNull(await Outbox.GetMessageAsync(other, Cancellation));
    }

    [Fact]
    public async Task Nothing_of_it_is_left_after_the_retention_period()
    {
        var id = await SendNeedleAsync();
        await Tables.MakeOldAsync();
        await Tables.MarkPartsUnusedAsync();

        await Host.Services.GetRequiredService<Sweeper>().CleanUpAsync(Cancellation);

        Assert.Null(await Outbox.GetAsync(id, Cancellation));
        await AssertGoneAsync();
    }

    [Fact]
    public async Task An_attachment_that_another_email_has_too_stays()
    {
        await Host.EnqueueAsync(TestEmail.To(Address, Attachment));
        var other = await Host.EnqueueAsync(TestEmail.To("other", Attachment));

        await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);

        var message = (await Outbox.GetMessageAsync(other, Cancellation))!;
        Assert.Equal(Attachment, Email.FromMime(message.Message.ToArray()).Attachments[0].GetContent());
        await Outbox.EraseAsync("other@example.org", "ann", cancelWaiting: true, cancellationToken: Cancellation);
        Assert.Equal(0, await Tables.CountPartsAsync());
    }

    [Fact]
    public async Task An_email_that_waits_is_named_and_erased_if_it_may_be_canceled()
    {
        var waiting = await Host.EnqueueAsync(TestEmail.To(Address), idempotencyKey: "order-1");
        await Host.EnqueueAsync(TestEmail.To("ann"));

        var first = await Outbox.EraseAsync(Address, "ann", cancellationToken: Cancellation);
        var second = await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);

        Assert.Equal(0, first.ErasedCount);
        Assert.Equal([waiting], first.Remaining);
        Assert.Equal((1, 1, 0), (second.ErasedCount, second.CanceledCount, second.Remaining.Count));
        await AssertGoneAsync();
        var entry = (await Outbox.GetAsync(waiting, Cancellation))!;
        Assert.Equal((OutboxState.Canceled, "order-1"), (entry.State, entry.IdempotencyKey));
        Assert.Equal(waiting, await Host.EnqueueAsync(TestEmail.To(Address), idempotencyKey: "order-1"));
        Assert.False(await Outbox.RestoreAsync(waiting, Cancellation));
        Assert.Equal(0, await Outbox.RestoreAsync(new OutboxQuery(), "ann", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task An_email_that_may_be_in_transmission_is_named_and_its_late_result_brings_nothing_back()
    {
        var id = await Host.EnqueueAsync(TestEmail.To(Address));
        await Tables.ParkAsync();
        var store = Host.Services.GetRequiredService<EmailStore>();
        var row = (await store.FindAsync(id, Cancellation))!;

        var first = await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);
        await Outbox.DiscardAsync(id, Cancellation);
        var second = await Outbox.EraseAsync(Address, "ann", cancellationToken: Cancellation);

        Assert.Equal(0, first.ErasedCount);
        Assert.Equal([id], first.Remaining);
        Assert.Equal((1, 0), (second.ErasedCount, second.Remaining.Count));
        var late = new AttemptDetails("gone", Outcome.Refused, 550, $"No {Address}", 1);
        Assert.False(await store.AddLateAttemptAsync(row, late));
        await AssertGoneAsync();
    }

    [Fact]
    public async Task An_encrypted_email_is_erased_too()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        var id = await Host.EnqueueAsync(TestEmail.To(Address));

        var erasure = await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);

        Assert.Equal(1, erasure.ErasedCount);
        Assert.True((await Outbox.GetAsync(id, Cancellation))!.IsErased);
        Assert.Null(await Outbox.GetMessageAsync(id, Cancellation));
    }

    [Fact]
    public async Task The_message_of_a_finished_email_is_removed_before_its_entry()
    {
        await RestartAsync(o => o.KeepMessageFor = TimeSpan.FromDays(1));
        var email = TestEmail.To("ann", Attachment);
        email.TextBody = "needle-body";
        var id = await Host.EnqueueAsync(email, idempotencyKey: "order-1");
        var waiting = await Host.EnqueueAsync(TestEmail.To("bob"));
        await Outbox.CancelAsync(id, Cancellation);
        await CleanUpAsync();
        Assert.True((await Outbox.GetAsync(id, Cancellation))!.HasMessage);

        await Tables.EndEarlierAsync(TimeSpan.FromDays(2));
        await CleanUpAsync();

        await AssertGoneAsync();
        var entry = (await Outbox.GetAsync(id, Cancellation))!;
        Assert.True(entry is { HasMessage: false, IsErased: false, IsReadable: true, Subject: "Hello", IdempotencyKey: "order-1" });
        Assert.Equal("ann@example.org", Assert.Single(entry.Recipients).Address);
        Assert.Equal("Waiting: canceled.", Assert.Single(entry.History).Text);
        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
        Assert.Equal(id, await Host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "order-1"));
        Assert.Null(await Outbox.GetMessageAsync(id, Cancellation));
        Assert.False(await Outbox.ResendAsync(id, Cancellation));
        Assert.False(await Outbox.RestoreAsync(id, Cancellation));
        var canceled = new OutboxQuery { States = [OutboxState.Canceled] };
        Assert.Equal(0, await Outbox.ResendAsync(canceled, "ann", cancellationToken: Cancellation));
        Assert.Equal(0, await Outbox.RestoreAsync(canceled, "ann", cancellationToken: Cancellation));
        Assert.NotNull(await Outbox.GetMessageAsync(waiting, Cancellation));
        await Tables.EndEarlierAsync(TimeSpan.FromDays(40));
        await CleanUpAsync();
        Assert.Null(await Outbox.GetAsync(id, Cancellation));
    }

    [Fact]
    public async Task The_messages_of_dead_letters_are_kept_ten_times_as_long_and_an_attachment_as_long_as_any_email_has_it()
    {
        await RestartAsync(o => o.KeepMessageFor = TimeSpan.FromDays(1));
        var dead = await Host.EnqueueAsync(TestEmail.To("ann", Attachment));
        await Tables.EndAsync(OutboxState.DeadLettered);
        var waiting = await Host.EnqueueAsync(TestEmail.To("bob", Attachment));
        await Tables.EndEarlierAsync(TimeSpan.FromDays(2));

        await CleanUpAsync();
        Assert.NotNull(await Outbox.GetMessageAsync(dead, Cancellation));
        await Tables.EndEarlierAsync(TimeSpan.FromDays(9));
        await CleanUpAsync();

        Assert.Null(await Outbox.GetMessageAsync(dead, Cancellation));
        Assert.False(await Outbox.ResendAsync(dead, Cancellation));
        var message = (await Outbox.GetMessageAsync(waiting, Cancellation))!;
        Assert.Equal(Attachment, Email.FromMime(message.Message.ToArray()).Attachments[0].GetContent());
    }

    [Fact]
    public async Task Messages_are_removed_in_steps_and_the_next_pass_goes_on_behind_them()
    {
        await RestartAsync(o => o.KeepMessageFor = TimeSpan.Zero);
        await Host.EnqueueManyAsync(TestEmail.Many(250));
        await Tables.EndAsync(OutboxState.Sent);
        var ids = await FindAsync(new OutboxQuery());
        await Tables.EndEarlierAsync(TimeSpan.FromDays(1));
        await CleanUpAsync();
        Assert.Equal(0, await Tables.CountMessagesAsync());

        var next = await Host.EnqueueAsync(TestEmail.To("next"));
        await Outbox.CancelAsync(next, Cancellation);
        await CleanUpAsync();

        Assert.Equal(0, await Tables.CountMessagesAsync());
        Assert.Equal([next, .. ids], await FindAsync(new OutboxQuery()));
    }

    [Fact]
    public async Task A_decision_that_was_made_before_the_message_was_removed_fails()
    {
        await RestartAsync(o => o.KeepMessageFor = TimeSpan.Zero);
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await Outbox.CancelAsync(id, Cancellation);
        var store = Host.Services.GetRequiredService<EmailStore>();
        var decision = Host.Services.GetRequiredService<EmailActions>().Resend((await store.FindAsync(id, Cancellation))!)!;

        await CleanUpAsync();

        Assert.False(await store.DecideAsync(decision, Cancellation));
        Assert.Equal(OutboxState.Canceled, (await Outbox.GetAsync(id, Cancellation))!.State);
    }

    private Task CleanUpAsync() => Host.Services.GetRequiredService<Sweeper>().CleanUpAsync(Cancellation);

    /// <summary>An email that the server has refused, with the word in everything that is stored of it.</summary>
    private protected async Task<Guid> SendNeedleAsync()
    {
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, Address).Reply(550, $"5.1.1 There is no {Address} here");
        var email = TestEmail.To(Address, Attachment);
        email.Subject = "needle-subject";
        email.TextBody = "needle-body";
        var id = await Host.EnqueueAsync(email, idempotencyKey: $"news/{Address}");
        await Host.UntilAsync(id, OutboxState.DeadLettered);
        // Nothing reads or writes any more but the test.
        await Host.StopServicesAsync();
        return id;
    }

    private protected virtual async Task AssertGoneAsync()
    {
        var tables = await Tables.ReadAllAsync();
        foreach (var trace in Traces)
            Assert.DoesNotContain(trace, tables, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What shows that something of the email is left: the word, as it is and in the encoding of an attachment.</summary>
    private protected static IReadOnlyList<string> Traces => ["needle", Convert.ToBase64String("needleneedle"u8)];
}
