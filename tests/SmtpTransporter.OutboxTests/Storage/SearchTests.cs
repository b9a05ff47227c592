using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Finding emails, whatever the database.</summary>
public abstract class SearchTests : QueryTestBase
{
    [Theory]
    [InlineData("ann@example.org")]
    [InlineData(" ANN@Example.ORG ")]
    public async Task A_recipient_is_found_in_any_case_of_letters(string address)
    {
        var email = TestEmail.To("bob");
        email.Bcc = "Ann@example.org";
        var id = await Host.EnqueueAsync(email);
        await Host.EnqueueAsync(TestEmail.To("joann"));
        await Host.EnqueueAsync(TestEmail.To("ann@example.com"));

        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = address }));
    }

    [Fact]
    public async Task A_domain_is_found_in_Unicode_and_in_ASCII()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann@b\u00FCcher.example"));

        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = "ann@b\u00FCcher.example" }));
        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = "ann@xn--bcher-kva.example" }));
    }

    [Fact]
    public async Task Each_filter_finds_what_matches_it_and_all_of_them_must()
    {
        var email = TestEmail.To("ann");
        email.Subject = "Your receipt 17";
        email.MessageId = "<17@shop.example>";
        var start = DateTimeOffset.UtcNow.AddMinutes(-1);
        var id = await Outbox.EnqueueAsync(
            email, idempotencyKey: "order-17", transporterName: "newsletter", lane: "tenant-1", cancellationToken: Cancellation);
        await Host.EnqueueAsync(TestEmail.To("ann"));
        OutboxQuery[] queries =
        [
            new() { Subject = "RECEIPT" },
            new() { MessageId = "17@shop.example" },
            new() { MessageId = "<17@shop.example>", Recipient = "ann@example.org" },
            new() { IdempotencyKey = "order-17" },
            new() { Lane = "tenant-1" },
            new() { TransporterName = "newsletter", States = [OutboxState.Waiting], EnqueuedAfter = start },
        ];

        foreach (var query in queries)
        {
            Assert.Equal([id], await FindAsync(query));
            Assert.Empty(await FindAsync(query with { States = [OutboxState.Sent] }));
            Assert.Empty(await FindAsync(query with { EnqueuedBefore = start }));
            Assert.Empty(await FindAsync(query with { Recipient = "bob@example.org" }));
        }
        Assert.Equal(2, (await FindAsync(new OutboxQuery())).Count);
        Assert.Single(await FindAsync(new OutboxQuery { Lane = "" }));
    }

    [Fact]
    public async Task A_query_that_can_find_nothing_by_mistake_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(new OutboxQuery { Recipient = " " }));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(new OutboxQuery { MessageId = "" }));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(new OutboxQuery { States = [(OutboxState)17] }));
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => Outbox.ListAsync(page: "2", cancellationToken: Cancellation));
        Assert.Contains("page is \"2\"", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_pages_have_each_email_once_while_others_come_in(bool isScanned)
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(25));
        var query = new OutboxQuery { Subject = isScanned ? "hello" : null };
        var found = new List<Guid>();
        string? next = null;
        do
        {
            var page = await Outbox.ListAsync(query, 10, next, cancellationToken: Cancellation);
            found.AddRange(page.Entries.Select(e => e.Id));
            next = page.NextPage;
            await Host.EnqueueManyAsync(TestEmail.Many(7));
        }
        while (next is not null);

        Assert.Equal(Sorted(ids).Reverse(), found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_count_is_exact_up_to_its_limit(bool isScanned)
    {
        await Host.EnqueueManyAsync(TestEmail.Many(12));
        var query = new OutboxQuery { Subject = isScanned ? "hello" : null, Lane = "" };

        Assert.Equal(new OutboxMatchCount(12, false), await Outbox.CountAsync(query, 12, Cancellation));
        var more = await Outbox.CountAsync(query, 11, Cancellation);
        Assert.Equal("more than 11", more.ToString());
        Assert.Equal(0, (await Outbox.CountAsync(query with { Recipient = "x@example.org" }, 10, Cancellation)).Count);
    }

    [Fact]
    public async Task What_an_earlier_version_has_stored_is_found_too()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(1200));
        await Tables.ForgetTermsAsync();

        Assert.Equal([ids[1100]], await FindAsync(new OutboxQuery { Recipient = "u1100@example.org" }));
        Assert.Equal([ids[3]], await FindAsync(new OutboxQuery { Recipient = "u3@example.org" }));
    }

    [Fact]
    public async Task The_sweeper_indexes_what_an_earlier_version_has_stored()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(600));
        await Tables.ForgetTermsAsync();
        var terms = Host.Services.GetRequiredService<TermTable>();

        Assert.True(await terms.IndexAsync(Cancellation));
        Assert.True(await terms.IndexAsync(Cancellation));
        Assert.False(await terms.IndexAsync(Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recipients_and_Message_IDs_are_searched_in_their_index(bool isRecipient)
    {
        await Host.EnqueueManyAsync(TestEmail.Many(3000));
        await Tables.AnalyzeAsync();
        var query = isRecipient ? new OutboxQuery { Recipient = "u17@example.org" } : new OutboxQuery { MessageId = "17@example.org" };
        var filter = await Host.Services.GetRequiredService<EmailSearch>().CreateFilterAsync(query, Cancellation);

        foreach (var sql in (string[])[filter.SelectSql(false, true), filter.SelectSql(true, false), filter.CountSql])
        {
            var plan = await Tables.ExplainAsync(sql, [.. filter.Parameters, ("start", "f"), ("limit", 100)]);

            Assert.Contains("smtp_outbox_term", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("SCAN smtp", plan, StringComparison.Ordinal);
            // MariaDB; "found" is the subquery.
            Assert.DoesNotMatch("\"table_name\": \"smtp\\w+\",\\s+\"access_type\": \"ALL\"", plan);
        }
    }

    [Fact]
    public async Task An_encrypted_email_is_found_and_only_by_who_has_the_key()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
        Assert.DoesNotContain(SearchTerms.OfRecipient("ann@example.org", null), await Tables.ReadAllAsync(), StringComparison.Ordinal);

        // Another process has other keys: each host of these tests has its own.
        await Host.StopAsync();
        await Host.RunAsync(sends: false);

        await Assert.ThrowsAsync<System.Security.Cryptography.CryptographicException>(
            () => FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
        var own = await Host.EnqueueAsync(TestEmail.To("ann"));
        Assert.Equal([own], await FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
    }

    [Fact]
    public async Task A_code_finds_the_emails_whose_last_attempt_failed_with_it_and_the_history_keeps_the_cause_in_full()
    {
        // Only the process that sends knows that it has no such transporter.
        var other = await Host.EnqueueAsync(TestEmail.To("dan"), transporterName: "gone");
        await SendAsync();
        Host.Server.Script.On(SmtpStep.RcptTo, "ann@example.org").Reply(550, "5.1.1 No such user");
        var email = TestEmail.To("ann");
        email.Cc = "bob@example.org";
        var id = await Host.EnqueueAsync(email);
        await Host.EnqueueAsync(TestEmail.To("cid"));

        var entry = await Host.UntilAsync(id, OutboxState.DeadLettered);
        var waiting = await Host.UntilAsync(other, e => e.History.Count > 0);

        var attempt = Assert.Single(entry.History);
        var refused = Assert.Single(attempt.Recipients, r => r.Address == "ann@example.org");
        Assert.Equal((RecipientState.Refused, 550, "5.1.1 No such user"), (refused.State, refused.Status, refused.StatusText));
        Assert.Equal(RecipientState.Accepted, Assert.Single(attempt.Recipients, r => r.Address == "bob@example.org").State);
        Assert.Equal("general.no-such-user", attempt.Explanation?.Code);
        Assert.NotEqual("", attempt.Explanation!.Remedy);
        var error = Assert.Single(waiting.History[0].Errors);
        Assert.Contains("There is no transporter \"gone\"", error.Message, StringComparison.Ordinal);
        Assert.Equal([id], await FindAsync(new OutboxQuery { ErrorCode = 550 }));
        Assert.Equal([other], await FindAsync(new OutboxQuery { ErrorCode = SmtpErrorCodes.CallbackFailed }));
        Assert.Empty(await FindAsync(new OutboxQuery { ErrorCode = 551 }));
    }

    [Fact]
    public async Task An_export_has_all_entries_with_their_histories_the_oldest_first()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(450));
        await Outbox.CancelAsync(new OutboxQuery { Recipient = "u7@example.org" }, "ann", cancellationToken: Cancellation);
        var exported = new List<OutboxEntry>();

        await foreach (var entry in Outbox.ExportAsync(new OutboxQuery(), Cancellation))
            exported.Add(entry);

        Assert.Equal(Sorted(ids), exported.Select(e => e.Id));
        Assert.Equal("ann", Assert.Single(exported.Single(e => e.Id == ids[7]).History).By);
    }

    [Fact]
    public async Task Emails_are_found_by_their_ids_and_by_the_time_of_their_end()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(4));
        var monitor = Host.Services.GetRequiredService<IOutboxMonitor>();
        var start = await monitor.GetTimeAsync(Cancellation);
        await Outbox.CancelAsync(new OutboxQuery { Ids = [ids[1], ids[2]] }, "ann", cancellationToken: Cancellation);
        var end = await monitor.GetTimeAsync(Cancellation) + TimeSpan.FromMilliseconds(1);

        Assert.Equal(Sorted([ids[0], ids[2]]).Reverse(), await FindAsync(new OutboxQuery { Ids = [ids[0], ids[2]] }));
        Assert.Equal([ids[2]], await FindAsync(new OutboxQuery { Ids = [ids[2], Guid.NewGuid()], Recipient = "u2@example.org" }));
        Assert.Equal(Sorted([ids[1], ids[2]]).Reverse(), await FindAsync(new OutboxQuery { EndedAfter = start, EndedBefore = end }));
        Assert.Empty(await FindAsync(new OutboxQuery { States = [OutboxState.Canceled], EndedAfter = end }));
        Assert.Empty(await FindAsync(new OutboxQuery { EndedBefore = start }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => FindAsync(new OutboxQuery { Ids = [.. Enumerable.Range(0, 1001).Select(_ => Guid.NewGuid())] }));
    }

    [Fact]
    public async Task Emails_are_found_by_who_decided_last()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(4));
        await Outbox.CancelAsync(new OutboxQuery { Ids = [ids[0], ids[1]] }, "ann", cancellationToken: Cancellation);
        await Outbox.CancelAsync(new OutboxQuery { Ids = [ids[2]] }, "bob", cancellationToken: Cancellation);
        await Outbox.RestoreAsync(new OutboxQuery { Ids = [ids[1]] }, "bob", cancellationToken: Cancellation);

        Assert.Equal([ids[0]], await FindAsync(new OutboxQuery { DecidedBy = "ann" }));
        Assert.Equal(Sorted([ids[1], ids[2]]).Reverse(), await FindAsync(new OutboxQuery { DecidedBy = "bob" }));
        Assert.Equal([ids[2]], await FindAsync(new OutboxQuery { DecidedBy = "bob", States = [OutboxState.Canceled] }));
        Assert.Empty(await FindAsync(new OutboxQuery { DecidedBy = "Ann" }));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(new OutboxQuery { DecidedBy = " " }));
    }

    [Fact]
    public async Task The_oldest_page_comes_first_if_it_is_asked_for()
    {
        var ids = Sorted(await Host.EnqueueManyAsync(TestEmail.Many(25))).ToList();

        var first = await Outbox.ListAsync(limit: 10, isOldestFirst: true, cancellationToken: Cancellation);
        var second = await Outbox.ListAsync(limit: 20, page: first.NextPage, isOldestFirst: true, cancellationToken: Cancellation);

        Assert.Equal(ids, first.Entries.Concat(second.Entries).Select(e => e.Id));
        Assert.Null(second.NextPage);
    }
}
