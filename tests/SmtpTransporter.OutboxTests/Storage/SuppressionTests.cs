using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Addresses that get no emails, whatever the database.</summary>
public abstract class SuppressionTests : QueryTestBase
{
    private const string Needle = "needle@example.org";

    private ISuppressionList Suppressions => Host.Services.GetRequiredService<ISuppressionList>();

    [Fact]
    public async Task What_waits_is_held_back_with_the_reason_and_the_other_recipients_get_it()
    {
        var alone = await Host.EnqueueAsync(TestEmail.To("Needle"));
        var both = await Host.EnqueueAsync(TestEmail.To("needle@example.org, ann@example.org"));
        var other = await Host.EnqueueAsync(TestEmail.To("bob"));
        var bounce = new Suppression(" NEEDLE@Example.org", SuppressionReason.HardBounce) { Words = "550 5.1.1 Unknown", By = "bounces" };

        Assert.True(await Suppressions.AddAsync(bounce, Cancellation));
        Assert.False(await Suppressions.AddAsync(bounce with { Reason = SuppressionReason.Complaint }, Cancellation));

        var held = (await Outbox.GetAsync(alone, Cancellation))!;
        Assert.Equal(OutboxState.Canceled, held.State);
        var recipient = Assert.Single(held.Recipients);
        Assert.Equal((RecipientState.Suppressed, "HardBounce: 550 5.1.1 Unknown"), (recipient.State, recipient.StatusText));
        var decision = Assert.Single(held.History);
        Assert.Equal(("bounces", "HardBounce"), (decision.By, decision.Reason));
        Assert.Equal("Waiting: suppressed by bounces (HardBounce).", decision.Text);
        await SendAsync();
        var sent = await Host.UntilAsync(both, OutboxState.Sent);
        Assert.Equal([RecipientState.Suppressed, RecipientState.Accepted], sent.Recipients.Select(r => r.State));
        await Host.UntilAsync(other, OutboxState.Sent);
        Assert.Equal(["ann@example.org", "bob@example.org"], Received());
    }

    [Fact]
    public async Task Only_emails_of_the_stream_are_held_back_from_who_has_unsubscribed_from_it()
    {
        var ids = await Host.EnqueueManyAsync(
        [
            TestEmail.Of("newsletter", "needle"),
            TestEmail.Of("offers", "needle"),
            new OutboxEmail(TestEmail.To("needle")),
        ]);

        await UnsubscribeAsync("newsletter");

        Assert.Equal([OutboxState.Canceled, OutboxState.Waiting, OutboxState.Waiting], await StatesAsync(ids));
        Assert.Equal("newsletter", (await Outbox.GetAsync(ids[0], Cancellation))!.Stream);
        await UnsubscribeAsync(null);
        Assert.Equal([OutboxState.Canceled, OutboxState.Canceled, OutboxState.Canceled], await StatesAsync(ids));
        Assert.Equal([null, "newsletter"], (await Suppressions.FindAsync(Needle, Cancellation)).Select(s => s.Stream));
    }

    [Fact]
    public async Task What_is_enqueued_or_sent_again_later_is_held_back_until_the_entry_is_removed()
    {
        await UnsubscribeAsync("newsletter");
        await SendAsync();
        var ids = await Host.EnqueueManyAsync(
        [
            TestEmail.Of("newsletter", "needle"),
            TestEmail.Of("newsletter", "needle@example.org, ann@example.org") with { IsOrdered = true },
            TestEmail.Of("newsletter", "bob") with { IsOrdered = true },
        ]);
        await Host.UntilAsync(ids[0], OutboxState.Canceled);
        await Host.UntilAsync(ids[1], OutboxState.Sent);
        await Host.UntilAsync(ids[2], OutboxState.Sent);
        Assert.True(await Outbox.ResendAsync(ids[0], Cancellation));
        await Host.UntilAsync(ids[0], e => e is { State: OutboxState.Canceled, History.Count: 3 });

        Assert.False(await Suppressions.RemoveAsync(Needle, "ann", cancellationToken: Cancellation));
        Assert.True(await Suppressions.RemoveAsync(" Needle@example.org ", "ann", "newsletter", Cancellation));
        Assert.True(await Outbox.RestoreAsync(ids[0], Cancellation));

        await Host.UntilAsync(ids[0], OutboxState.Sent);
        Assert.Empty(await Suppressions.FindAsync(Needle, Cancellation));
        Assert.Equal(["ann@example.org", "bob@example.org", Needle], Received());
    }

    [Fact]
    public async Task A_recipient_who_was_deferred_is_not_tried_again()
    {
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, Needle).Reply(450, "4.2.1 Later");
        var id = await Host.EnqueueAsync(TestEmail.To("needle"));
        await Host.UntilAsync(id, e => e.AttemptCount > 0);

        await UnsubscribeAsync(null);

        var entry = await Host.UntilAsync(id, OutboxState.Canceled);
        Assert.Equal(RecipientState.Suppressed, entry.Recipients[0].State);
    }

    [Theory]
    [InlineData(250, OutboxState.Sent)]
    [InlineData(550, OutboxState.DeadLettered)]
    public async Task An_email_with_nobody_left_ends_as_the_others_have_ended(int reply, OutboxState expected)
    {
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, "ann@").Reply(reply, "2.0.0 Ok");
        Host.Server.Script.On(SmtpStep.RcptTo, Needle).Reply(450, "4.2.1 Later");
        var id = await Host.EnqueueAsync(TestEmail.To("ann@example.org, bob@example.org, needle@example.org"));
        await Host.UntilAsync(id, e => e.AttemptCount > 0);

        await UnsubscribeAsync(null);

        var entry = await Host.UntilAsync(id, expected);
        Assert.Equal(RecipientState.Suppressed, entry.Recipients[2].State);
        Assert.NotNull(entry.EndedAt);
    }

    [Fact]
    public async Task Who_was_held_back_gets_what_was_restored_where_the_email_could_not_be_read()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("needle"));
        await UnsubscribeAsync(null);
        var store = Host.Services.GetRequiredService<EmailStore>();
        var row = (await store.FindAsync(id, Cancellation))!;
        // As it is restored without its keys.
        var restored = new Decision(
            row, new StateTransition(OutboxState.Waiting) { Delay = TimeSpan.Zero },
            new AttemptDetails(EmailActions.Process, null, 0, "Canceled: restored.", 0));
        Assert.True(await Suppressions.RemoveAsync(Needle, "ann", cancellationToken: Cancellation));
        Assert.True(await store.DecideAsync(restored, Cancellation));

        await SendAsync();

        await Host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal([Needle], Received());
    }

    [Fact]
    public async Task No_transaction_begins_for_an_email_in_the_hands_of_a_worker_once_the_call_has_returned()
    {
        await Host.StopAsync();
        await Host.RunAsync(o => (o.EnableWorker, o.MaxConcurrency) = (true, 1));
        var gate = new TaskCompletionSource();
        var hanging = Host.Server.Script.On(SmtpStep.MailFrom).Times(1).WaitFor(gate.Task);
        await Host.EnqueueAsync(TestEmail.To("first"));
        await hanging.Reached.WaitAsync(Cancellation);
        var second = await Host.EnqueueAsync(TestEmail.To("needle"));
        await Tables.UntilClaimedAsync(second);

        await UnsubscribeAsync(null);
        gate.SetResult();
        await Host.UntilAsync(await Host.EnqueueAsync(TestEmail.To("third")), OutboxState.Sent);

        Assert.Equal(OutboxState.Canceled, (await Outbox.GetAsync(second, Cancellation))!.State);
        Assert.Equal(["first@example.org", "third@example.org"], Received());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_sent_that_was_not_being_sent_when_the_call_returned_whatever_is_enqueued_meanwhile(int seed)
    {
        await SendAsync();
        // With a server, a second application sends from the same tables.
        await using var other = Tables.LocksAll ? null : await OutboxHost.StartAsync(o => Use(o), AddKeys);
        var (ids, count, start) = (new ConcurrentBag<Guid>(), 0, new Random(seed).Next(1, 150));
        var reached = new TaskCompletionSource();

        var enqueuing = Task.WhenAll(EnqueueAllAsync(), EnqueueAllAsync());
        await reached.Task.WaitAsync(Cancellation);
        await UnsubscribeAsync("newsletter");
        var begun = await FindAsync(new OutboxQuery { Recipient = Needle, States = [OutboxState.Sending, OutboxState.Sent] });
        await enqueuing;
        foreach (var id in ids)
            await Host.UntilAsync(id, e => e.IsFinal);

        var sent = await FindAsync(new OutboxQuery { Recipient = Needle, States = [OutboxState.Sent] });
        Assert.Subset(begun.ToHashSet(), sent.ToHashSet());
        var canceled = await FindAsync(new OutboxQuery { Recipient = Needle, States = [OutboxState.Canceled] });
        Assert.NotEmpty(canceled);
        Assert.Equal(200, canceled.Count + sent.Count);
        var received = new[] { Host, other }.OfType<OutboxHost>().SelectMany(h => h.Server.Messages);
        Assert.Equal(sent.Count, received.Count(m => m.Recipients[0] == Needle));

        async Task EnqueueAllAsync()
        {
            for (var i = 0; i < 100; i++)
            {
                foreach (var id in await Host.EnqueueManyAsync(
                    [TestEmail.Of("newsletter", "needle"), new OutboxEmail(TestEmail.To("ann"))]))
                    ids.Add(id);
                if (Interlocked.Increment(ref count) >= start)
                    reached.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task A_thousand_unsubscriptions_at_once_are_one_entry()
    {
        await Host.EnqueueAsync(TestEmail.To("needle"));

        var added = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => UnsubscribeAsync("newsletter"), Cancellation)));

        Assert.Single(added, isNew => isNew);
        Assert.Single((await Suppressions.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Fact]
    public async Task The_tables_of_version_4_get_the_list_and_keep_their_emails()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("needle"));
        await Host.StopAsync();
        await Tables.RestoreFourthVersionAsync();

        await Host.RunAsync();
        await UnsubscribeAsync(null);

        Assert.Equal(OutboxState.Canceled, (await Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task An_encrypted_list_has_no_address_in_clear_and_finds_what_was_stored_before_it_was_encrypted()
    {
        var clear = await Host.EnqueueAsync(TestEmail.To("needle"));
        await UnsubscribeAsync("clear");
        await Host.StopAsync();
        await Host.RunAsync(o => o.EncryptAtRest = true);
        var encrypted = await Host.EnqueueAsync(TestEmail.To("needle"));
        await Suppressions.RemoveAsync(Needle, "ann", "clear", Cancellation);

        await UnsubscribeAsync(null);

        Assert.Equal([OutboxState.Canceled, OutboxState.Canceled], await StatesAsync([clear, encrypted]));
        Assert.Equal(Needle, Assert.Single((await Suppressions.ListAsync(cancellationToken: Cancellation)).Entries).Address);
        Assert.DoesNotContain("needle", await Tables.ReadAsync("suppression"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_erased_address_is_not_stored_any_more_and_still_gets_nothing()
    {
        await Suppressions.AddAsync(
            new Suppression(Needle, SuppressionReason.Complaint) { Words = $"from {Needle}", By = Needle }, Cancellation);

        await Outbox.EraseAsync(Needle, "ann", cancellationToken: Cancellation);

        var entry = Assert.Single((await Suppressions.ListAsync(cancellationToken: Cancellation)).Entries);
        Assert.Equal(("", SuppressionReason.Complaint, null, null), (entry.Address, entry.Reason, entry.Words, entry.By));
        Assert.DoesNotContain("needle", await Tables.ReadAsync("suppression"), StringComparison.OrdinalIgnoreCase);
        await SendAsync();
        await Host.UntilAsync(await Host.EnqueueAsync(TestEmail.To("needle")), OutboxState.Canceled);
    }

    [Fact]
    public async Task The_list_is_read_in_pages_and_goes_into_another_outbox_as_csv()
    {
        var at = new DateTimeOffset(2026, 1, 31, 12, 0, 0, 5, TimeSpan.Zero);
        List<Suppression> entries =
        [
            new("ann@example.org", SuppressionReason.Unsubscribe)
            {
                Stream = "news, daily", Words = "She said \"no\"\nand no.", By = "u", At = at,
            },
            new("bob@bücher.example", SuppressionReason.HardBounce) { At = at },
            new("ann@example.org", SuppressionReason.Complaint) { By = "fbl", At = at },
        ];
        foreach (var entry in entries)
            await Suppressions.AddAsync(entry, Cancellation);
        var first = await Suppressions.ListAsync(2, cancellationToken: Cancellation);
        var second = await Suppressions.ListAsync(2, first.NextPage, Cancellation);
        Assert.Equal((2, 1, null), (first.Entries.Count, second.Entries.Count, second.NextPage));
        Assert.Equal(entries.OrderBy(e => e.Reason), first.Entries.Concat(second.Entries).OrderBy(e => e.Reason));
        var csv = new StringWriter();
        Assert.Equal(3, await Suppressions.ExportAsync(csv, Cancellation));

        await RestartAsync();
        var id = await Host.EnqueueAsync(TestEmail.To("bob@xn--bcher-kva.example, ann@example.org"));
        Assert.Equal(3, await Suppressions.ImportAsync(new StringReader(csv.ToString()), "ann", Cancellation));
        Assert.Equal(0, await Suppressions.ImportAsync(new StringReader(csv.ToString()), "ann", Cancellation));

        var held = (await Outbox.GetAsync(id, Cancellation))!;
        Assert.Equal((OutboxState.Canceled, 1), (held.State, held.History.Count));
        var imported = (await Suppressions.ListAsync(cancellationToken: Cancellation)).Entries;
        Assert.Equal(
            entries.Select(e => e with { By = e.By ?? "ann" }).OrderBy(e => e.Reason), imported.OrderBy(e => e.Reason));
    }

    [Fact]
    public async Task A_claim_knows_whether_there_is_a_list_to_look_at()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(2));
        var queue = Host.Services.GetRequiredService<QueueTable>();
        await Host.Services.GetRequiredService<WorkerTable>().RegisterAsync("a", "test", 0, Cancellation);

        var before = await queue.ClaimAsync("a", new QueueKey("", "", OutboxPriority.Normal, false), 1, [], Cancellation);
        await UnsubscribeAsync("newsletter");
        var after = await queue.ClaimAsync("a", new QueueKey("", "", OutboxPriority.Normal, false), 1, [], Cancellation);

        Assert.Equal((false, true), (Assert.Single(before).MayBeSuppressed, Assert.Single(after).MayBeSuppressed));
    }

    [Theory]
    [InlineData("nobody", null, "Address is not one valid address; allowed: one without a name, such as ann@")]
    [InlineData("ann@example.org, bob@example.org", null, "Address is not one valid address; allowed: one without a name, such as ann@")]
    [InlineData("Ann <ann@example.org>", null, "Address is not one valid address; allowed: one without a name, such as ann@")]
    [InlineData("ann@example.org", "", "Stream is empty; allowed: 1 to 200 characters, or null for all emails.")]
    public async Task An_entry_that_is_not_valid_is_refused(string address, string? stream, string message)
    {
        var entry = new Suppression(address, SuppressionReason.Manual) { Stream = stream };

        var exception = await Assert.ThrowsAsync<ArgumentException>(() => Suppressions.AddAsync(entry, Cancellation));

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.Empty((await Suppressions.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Theory]
    [InlineData("mail\nann@example.org", "Line 1 names no column \"address\"; it must be the header")]
    [InlineData("address,reason\nann@example.org,Bored", "Line 2: reason is \"Bored\"; allowed: Manual, HardBounce, ")]
    [InlineData("address\n\"ann\n@example.org\"\n", "Line 2: Address is not one valid address")]
    [InlineData("address,at\nann@example.org,soon", "Line 2: at is \"soon\"; allowed: a time such as ")]
    [InlineData("address\n\"ann@example.org", "Line 2 has a quotation mark (\") that no other one closes.")]
    public async Task A_csv_that_is_not_valid_is_refused_with_its_line(string csv, string message)
    {
        var exception = await Assert.ThrowsAsync<FormatException>(
            () => Suppressions.ImportAsync(new StringReader(csv), "ann", Cancellation));

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    private Task<bool> UnsubscribeAsync(string? stream) =>
        Suppressions.AddAsync(new Suppression(Needle, SuppressionReason.Unsubscribe) { Stream = stream, By = "link" }, Cancellation);

    private async Task<List<OutboxState>> StatesAsync(IEnumerable<Guid> ids)
    {
        var states = new List<OutboxState>();
        foreach (var id in ids)
            states.Add((await Outbox.GetAsync(id, Cancellation))!.State);
        return states;
    }

    private List<string> Received() => [.. Host.Server.Messages.SelectMany(m => m.Recipients).Order(StringComparer.Ordinal)];
}
