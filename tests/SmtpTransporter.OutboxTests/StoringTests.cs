using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What is stored, when, and for how long.</summary>
public sealed class StoringTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rolled_back_means_never_sent_and_committed_means_sent()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        Guid rolledBack, committed;
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            rolledBack = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), transaction: transaction, cancellationToken: Cancellation);
            await transaction.RollbackAsync(Cancellation);
        }
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            committed = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), transaction: transaction, cancellationToken: Cancellation);
            await transaction.CommitAsync(Cancellation);
        }

        await host.UntilAsync(committed, OutboxState.Sent);

        Assert.Null(await host.Outbox.GetAsync(rolledBack, Cancellation));
        Assert.Equal(["bob@example.org"], Assert.Single(host.Server.Messages).Recipients);
    }

    [Fact]
    public async Task A_transaction_that_is_over_is_refused()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        var transaction = await connection.BeginTransactionAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => host.Outbox.EnqueueAsync(Mail("ann@example.org"), transaction: transaction, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_transaction_on_another_file_is_refused_and_nothing_is_made_there()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var other = await OutboxHost.StartAsync();
        var folder = Directory.CreateTempSubdirectory("other").FullName;
        foreach (var database in (string[])[other.ConnectionString, $"Data Source={folder}/shop.db"])
        {
            await using var connection = new SqliteConnection(database);
            await connection.OpenAsync(Cancellation);
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);

            var exception = await Assert.ThrowsAsync<ArgumentException>(() => host.Outbox.EnqueueAsync(Mail("ann@example.org"), transaction: transaction, cancellationToken: Cancellation));

            Assert.Contains(connection.DataSource, exception.Message, StringComparison.Ordinal);
        }
        Assert.Empty(await other.Outbox.ListAsync(cancellationToken: Cancellation));
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=x;Mode=Memory;Cache=Shared")]
    [InlineData("Mode=ReadWrite")]
    public void A_database_in_memory_is_refused(string connectionString) =>
        Assert.Throws<ArgumentException>(() => new OutboxOptions().UseSqlite(connectionString));

    [Fact]
    public async Task A_key_used_twice_is_one_mail_with_one_id()
    {
        await using var host = await OutboxHost.StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            host.Outbox.EnqueueAsync(Mail($"ann{i}@example.org"), idempotencyKey: "order-1", cancellationToken: Cancellation)));
        var id = Assert.Single(ids.Distinct());
        await host.UntilAsync(id, OutboxState.Sent);
        var again = await host.Outbox.EnqueueManyAsync(
            [new(Mail("x@example.org")) { IdempotencyKey = "order-1" }, new(Mail("y@example.org")) { IdempotencyKey = "order-2" }, new(Mail("z@example.org")) { IdempotencyKey = "order-2" }], cancellationToken: Cancellation);
        await host.UntilAsync(again[1], OutboxState.Sent);

        Assert.Equal(id, again[0]);
        Assert.Equal(again[1], again[2]);
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task All_of_a_bulk_are_stored_or_none()
    {
        await using var host = await OutboxHost.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            host.Outbox.EnqueueManyAsync([new(Mail("ann@example.org")), new(new Email { From = "a@example.com" })], cancellationToken: Cancellation));
        Assert.Empty(await host.Outbox.ListAsync(cancellationToken: Cancellation));
        var ids = await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 50).Select(i => new OutboxEmail(Mail($"u{i}@example.org"))), cancellationToken: Cancellation);
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"u{i}@example.org").Order(StringComparer.Ordinal), host.Server.Messages.Select(m => m.Recipients[0]).Order(StringComparer.Ordinal));
        Assert.Equal(50, (await host.Outbox.CountAsync(Cancellation))[OutboxState.Sent]);
    }

    [Fact]
    public async Task A_mail_waits_for_its_time_and_can_be_cancelled_until_then()
    {
        await using var host = await OutboxHost.StartAsync();
        var later = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), sendAt: DateTimeOffset.UtcNow.AddSeconds(1.5), cancellationToken: Cancellation);
        var never = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), sendAt: DateTimeOffset.UtcNow.AddSeconds(1), cancellationToken: Cancellation);

        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(later, Cancellation))!.State);
        Assert.True(await host.Outbox.CancelAsync(never, Cancellation));
        Assert.False(await host.Outbox.CancelAsync(never, Cancellation));
        var sent = await host.UntilAsync(later, OutboxState.Sent);

        Assert.True(sent.EndedAt >= sent.CreatedAt.AddSeconds(1.4), $"{sent.CreatedAt:O} {sent.EndedAt:O}");
        Assert.Equal(["ann@example.org"], Assert.Single(host.Server.Messages).Recipients);
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(never, Cancellation))!.State);
        Assert.False(await host.Outbox.CancelAsync(later, Cancellation));
        Assert.True(await host.Outbox.ResendAsync(never, Cancellation));
        await host.UntilAsync(never, OutboxState.Sent);
    }

    [Fact]
    public async Task What_was_not_sent_before_the_end_is_sent_after_the_next_start()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.StopAsync();
        await host.RunAsync(sends: false);
        var id = await host.Outbox.EnqueueAsync(Mail("ann@example.org"), cancellationToken: Cancellation);
        await host.StopAsync();
        Assert.Empty(host.Server.Messages);

        await host.RunAsync();
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task A_big_attachment_stands_beside_the_mails_and_once_for_all_of_them()
    {
        await using var host = await OutboxHost.StartAsync();
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var emails = Enumerable.Range(0, 5).Select(i =>
        {
            var email = Mail($"u{i}@example.org");
            email.Attachments.Add(MailAttachment.FromBytes(content, "big.bin"));
            email.Attachments.Add(MailAttachment.FromBytes("small"u8.ToArray(), "small.txt"));
            return new OutboxEmail(email);
        });

        var ids = await host.Outbox.EnqueueManyAsync(emails, cancellationToken: Cancellation);
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.All(host.Server.Messages, m => Assert.Equal(content, Email.FromMime(m.Raw.ToArray()).Attachments[0].GetContent()));
        Assert.Equal(1L, await host.AskAsync("SELECT count(*) FROM smtp_outbox_part"));
        Assert.InRange((long)(await host.AskAsync("SELECT max(length(message)) FROM smtp_outbox"))!, 500, 3000);
        Assert.Equal(host.Server.Messages[0].Raw.Length, (await host.Outbox.GetMessageAsync(ids[0], Cancellation))!.Message.Length);
        Assert.Equal(host.Server.Messages.Single(m => m.Recipients[0] == "u0@example.org").Raw.ToArray(), (await host.Outbox.GetMessageAsync(ids[0], Cancellation))!.Message.ToArray());
    }

    [Fact]
    public async Task Encrypted_at_rest_nothing_of_a_mail_can_be_read_in_the_file()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EncryptAtRest = true, services => services.AddDataProtection().UseEphemeralDataProtectionProvider());
        host.Server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 Nobody named needle-words");
        var email = Mail("needle-address@example.org");
        email.Subject = "needle-subject";
        email.TextBody = "needle-body";
        email.Attachments.Add(MailAttachment.FromBytes(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("needle", 20_000))), "a.bin"));

        var id = await host.Outbox.EnqueueAsync(email, cancellationToken: Cancellation);
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
    public async Task Encryption_without_keys_stops_the_start() =>
        Assert.Contains("AddDataProtection", (await Assert.ThrowsAsync<InvalidOperationException>(() => OutboxHost.StartAsync(o => o.EncryptAtRest = true))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_over_is_removed_after_its_time_with_all_that_belongs_to_it()
    {
        await using var host = await OutboxHost.StartAsync(o => o.RetentionPeriod = TimeSpan.Zero);
        var email = Mail("ann@example.org");
        email.Attachments.Add(MailAttachment.FromBytes(new byte[100_000], "big.bin"));
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Reply(451, "4.2.0 Later");
        var sent = await host.Outbox.EnqueueAsync(email, cancellationToken: Cancellation);
        var waits = await host.Outbox.EnqueueAsync(Mail("bob@example.org"), sendAt: DateTimeOffset.UtcNow.AddDays(1), cancellationToken: Cancellation);
        await host.UntilAsync(sent, OutboxState.Sent);

        await host.AskAsync("UPDATE smtp_outbox_part SET used_at = 0");
        await host.Services.GetRequiredService<Sweeper>().CleanAsync(DateTimeOffset.UtcNow.AddMinutes(1), Cancellation);

        Assert.Null(await host.Outbox.GetAsync(sent, Cancellation));
        Assert.NotNull(await host.Outbox.GetAsync(waits, Cancellation));
        Assert.Equal(0L, await host.AskAsync("SELECT (SELECT count(*) FROM smtp_outbox_part) + (SELECT count(*) FROM smtp_outbox_use) + (SELECT count(*) FROM smtp_outbox_try)"));
    }

    [Fact]
    public async Task Mails_are_listed_by_state_and_page()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var ids = await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 5).Select(i => new OutboxEmail(Mail($"u{i}@example.org"))), cancellationToken: Cancellation);

        var first = await host.Outbox.ListAsync(OutboxState.Waiting, 3, cancellationToken: Cancellation);
        var second = await host.Outbox.ListAsync(OutboxState.Waiting, 3, first[^1].Id, Cancellation);

        Assert.Equal(ids.Order(Comparer<Guid>.Create((a, b) => string.CompareOrdinal(b.ToString(), a.ToString()))), [.. first.Select(e => e.Id), .. second.Select(e => e.Id)]);
        Assert.Empty(await host.Outbox.ListAsync(OutboxState.Sent, cancellationToken: Cancellation));
        Assert.Equal(5, (await host.Outbox.CountAsync(Cancellation)).Due);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => host.Outbox.ListAsync(limit: 0, cancellationToken: Cancellation));
    }

    private static Email Mail(string to) => new() { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello" };
}
