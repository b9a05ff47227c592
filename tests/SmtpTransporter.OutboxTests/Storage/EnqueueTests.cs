using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>How emails are stored, listed and kept until they are sent.</summary>
public sealed class EnqueueTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_email_is_sent_if_the_callers_transaction_commits_and_never_if_it_rolls_back()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        Guid rolledBack, committed;
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            rolledBack = await host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction);
            await transaction.RollbackAsync(Cancellation);
        }
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            committed = await host.EnqueueAsync(TestEmail.To("bob"), transaction: transaction);
            await transaction.CommitAsync(Cancellation);
        }

        await host.UntilAsync(committed, OutboxState.Sent);

        Assert.Null(await host.Outbox.GetAsync(rolledBack, Cancellation));
        Assert.Equal(["bob@example.org"], Assert.Single(host.Server.Messages).Recipients);
    }

    [Fact]
    public async Task EnqueueAsync_rejects_a_transaction_that_has_ended()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        var transaction = await connection.BeginTransactionAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction));
    }

    [Fact]
    public async Task EnqueueAsync_rejects_a_transaction_on_another_file_and_creates_nothing_there()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var other = await OutboxHost.StartAsync();
        var folder = Directory.CreateTempSubdirectory("other").FullName;
        foreach (var database in (string[])[other.ConnectionString, $"Data Source={folder}/shop.db"])
        {
            await using var connection = new SqliteConnection(database);
            await connection.OpenAsync(Cancellation);
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);

            var exception = await Assert.ThrowsAsync<ArgumentException>(
                () => host.EnqueueAsync(TestEmail.To("ann"), transaction: transaction));

            Assert.Contains(connection.DataSource, exception.Message, StringComparison.Ordinal);
        }
        Assert.Empty((await other.Outbox.ListAsync(cancellationToken: Cancellation)).Entries);
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_transaction_of_the_caller_can_be_the_first_to_use_the_outbox()
    {
        await using var server = SmtpTestServer.Start();
        var folder = Directory.CreateTempSubdirectory("outbox").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => server.ToServerOptions());
        builder.Services.AddSmtpOutbox($"Data Source={folder}/outbox.db");
        using (var host = builder.Build())
        {
            var outbox = host.Services.GetRequiredService<IOutbox>();
            await using (var connection = new SqliteConnection($"Data Source={folder}/outbox.db"))
            {
                await connection.OpenAsync(Cancellation);
                for (var round = 0; round < 2; round++)
                {
                    await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                    await using var command = connection.CreateCommand();
                    command.CommandText = "CREATE TABLE orders (id INTEGER)";
                    await command.ExecuteNonQueryAsync(Cancellation);
                    await outbox.EnqueueAsync(TestEmail.To($"u{round}"), transaction: transaction, cancellationToken: Cancellation);
                    if (round == 0)
                        await transaction.RollbackAsync(Cancellation);
                    else
                        await transaction.CommitAsync(Cancellation);
                }
            }
            await host.StartAsync(Cancellation);
            await server.WaitForMessageAsync(0, Cancellation);
            await host.StopAsync(Cancellation);
        }

        Assert.Equal("u1@example.org", Assert.Single(server.Messages).Recipients[0]);
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Emails_with_the_same_idempotency_key_are_stored_once_with_one_id()
    {
        await using var host = await OutboxHost.StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            host.EnqueueAsync(TestEmail.To($"ann{i}"), idempotencyKey: "order-1")));
        var id = Assert.Single(ids.Distinct());
        await host.UntilAsync(id, OutboxState.Sent);
        string[] keys = ["order-1", "order-2", "order-2"];
        var again = await host.EnqueueManyAsync(keys.Select((key, i) => new OutboxEmail(TestEmail.To($"x{i}")) { IdempotencyKey = key }));
        await host.UntilAsync(again[1], OutboxState.Sent);

        Assert.Equal(id, again[0]);
        Assert.Equal(again[1], again[2]);
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task EnqueueManyAsync_stores_all_emails_or_none()
    {
        await using var host = await OutboxHost.StartAsync();

        await Assert.ThrowsAsync<EnqueueException>(() =>
            host.EnqueueManyAsync([new(TestEmail.To("ann")), new(new Email { From = "a@example.com" })]));
        Assert.Empty((await host.Outbox.ListAsync(cancellationToken: Cancellation)).Entries);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(50));
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => $"u{i}@example.org").Order(StringComparer.Ordinal),
            host.Server.Messages.Select(m => m.Recipients[0]).Order(StringComparer.Ordinal));
        Assert.Equal(50, (await host.Outbox.CountAsync(Cancellation))[OutboxState.Sent]);
    }

    [Fact]
    public async Task An_email_waits_for_its_due_time_and_can_be_canceled_until_then()
    {
        await using var host = await OutboxHost.StartAsync();
        var later = await host.EnqueueAsync(TestEmail.To("ann"), sendAt: DateTimeOffset.UtcNow.AddSeconds(1.5));
        var never = await host.EnqueueAsync(TestEmail.To("bob"), sendAt: DateTimeOffset.UtcNow.AddSeconds(1));

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
    public async Task An_email_that_was_not_sent_before_the_process_ended_is_sent_after_the_next_start()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.StopAsync();
        await host.RunAsync(sends: false);
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.StopAsync();
        Assert.Empty(host.Server.Messages);

        await host.RunAsync();
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task EnqueueAsync_rejects_an_invalid_email_and_stores_nothing()
    {
        await using var host = await OutboxHost.StartAsync();

        await RefusesAsync("To", "To", new Email { From = "a@example.com" });
        var missing = TestEmail.To("ann");
        missing.Attachments.Add(MailAttachment.FromFile("/no/such/file.pdf"));
        await RefusesAsync("Attachments", "/no/such/file.pdf", missing);
        await RefusesAsync("TransporterName", "\"other\"", TestEmail.To("ann"), transporterName: "other");
        await RefusesAsync("IdempotencyKey", "201 characters", TestEmail.To("ann"), key: new string('k', 201));
        await RefusesAsync("IdempotencyKey", "empty", TestEmail.To("ann"), key: "");
        await RefusesAsync("Priority", "9", TestEmail.To("ann"), priority: (OutboxPriority)9);
        await Assert.ThrowsAsync<ArgumentNullException>(() => host.EnqueueAsync(null!));
        await Assert.ThrowsAsync<ArgumentException>(() => host.EnqueueManyAsync([null!]));
        Assert.Empty((await host.Outbox.ListAsync(cancellationToken: Cancellation)).Entries);

        async Task RefusesAsync(
            string property, string text, Email email, string? key = null, string? transporterName = null,
            OutboxPriority priority = OutboxPriority.Normal)
        {
            var exception = await Assert.ThrowsAsync<EnqueueException>(
                () => host.EnqueueAsync(email, key, transporterName: transporterName, priority: priority));
            var error = Assert.Single(exception.Errors);
            Assert.Equal((0, property), (error.Index, error.Property));
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
            Assert.Equal(error.Message, exception.Message);
        }
    }

    [Fact]
    public async Task EnqueueAsync_names_everything_that_is_wrong_at_once()
    {
        await using var host = await OutboxHost.StartAsync();
        var email = new Email { To = "nobody", Subject = "a\nb" };

        var exception = await Assert.ThrowsAsync<EnqueueException>(() => host.Outbox.EnqueueAsync(
            email, idempotencyKey: new string('k', 201), lane: new string('l', 201), transporterName: "other",
            cancellationToken: Cancellation));

        Assert.Equal(
            ["To", "Subject", "From", "IdempotencyKey", "Lane", "TransporterName"], exception.Errors.Select(e => e.Property));
        Assert.IsType<InvalidEmailException>(exception.InnerException);
    }

    [Fact]
    public async Task EnqueueManyAsync_says_which_emails_are_not_valid()
    {
        await using var host = await OutboxHost.StartAsync();
        var bad = new Email { From = "a@example.com", Subject = "a\0b" };

        var exception = await Assert.ThrowsAsync<EnqueueException>(() => host.EnqueueManyAsync(
            [new(TestEmail.To("ann")), new(bad), new(TestEmail.To("bob")) { Lane = "\0" }, .. Enumerable.Repeat(new OutboxEmail(bad), 9)]));

        Assert.Equal([(1, "Subject"), (1, "To"), (2, "Lane")], exception.Errors.Take(3).Select(e => (e.Index, e.Property)));
        Assert.Equal(21, exception.Errors.Count);
        Assert.StartsWith(
            "11 of 12 emails are not valid, and none is stored. emails[1]: Subject: ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("There are 11 more errors: see Errors.", exception.Message, StringComparison.Ordinal);
        Assert.Empty((await host.Outbox.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Fact]
    public async Task TryEnqueueAsync_returns_the_id_or_what_a_form_must_show()
    {
        await using var host = await OutboxHost.StartAsync();

        var refused = await host.Outbox.TryEnqueueAsync(
            new Email { From = "a@example.com", To = "ann@" }, "order-1", cancellationToken: Cancellation);
        var stored = await host.Outbox.TryEnqueueAsync(TestEmail.To("ann"), "order-1", cancellationToken: Cancellation);
        var again = await host.Outbox.TryEnqueueAsync(TestEmail.To("ann"), "order-1", cancellationToken: Cancellation);

        Assert.Equal((false, null), (refused.IsStored, refused.Id));
        Assert.Equal("To", Assert.Single(refused.Errors).Property);
        Assert.Equal("not stored: To", refused.ToString());
        Assert.True(stored.IsStored);
        Assert.Empty(stored.Errors);
        Assert.Equal((stored.Id, stored.Id.ToString()), (again.Id, again.ToString()));
        await host.UntilAsync(stored.Id.Value, OutboxState.Sent);
        await Assert.ThrowsAsync<ArgumentNullException>(() => host.Outbox.TryEnqueueAsync(null!, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task EnqueueAsync_does_not_block_its_caller_while_an_attachment_is_read()
    {
        await using var host = await OutboxHost.StartAsync();
        await using var content = new GatedStream("Hello"u8.ToArray());
        var email = TestEmail.To("ann");
        email.Attachments.Add(MailAttachment.FromStream(content, "slow.txt"));

        var enqueuing = host.EnqueueAsync(email);
        await content.Asked.WaitAsync(Cancellation);
        Assert.False(enqueuing.IsCompleted);
        content.Open();
        await host.UntilAsync(await enqueuing, OutboxState.Sent);

        Assert.Equal("Hello"u8.ToArray(), Email.FromMime(Assert.Single(host.Server.Messages).Raw.ToArray()).Attachments[0].GetContent());
    }

    [Fact]
    public async Task ListAsync_filters_by_state_and_returns_pages()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(5));

        var waiting = new OutboxQuery { States = [OutboxState.Waiting] };
        var first = await host.Outbox.ListAsync(waiting, 3, cancellationToken: Cancellation);
        var second = await host.Outbox.ListAsync(waiting, 3, first.NextPage, cancellationToken: Cancellation);

        var newestFirst = Comparer<Guid>.Create((a, b) => string.CompareOrdinal(b.ToString(), a.ToString()));
        Assert.Equal(ids.Order(newestFirst), [.. first.Entries.Select(e => e.Id), .. second.Entries.Select(e => e.Id)]);
        Assert.Null(second.NextPage);
        var sent = new OutboxQuery { States = [OutboxState.Sent] };
        Assert.Empty((await host.Outbox.ListAsync(sent, cancellationToken: Cancellation)).Entries);
        Assert.Equal(5, (await host.Outbox.CountAsync(Cancellation)).Due);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => host.Outbox.ListAsync(limit: 0, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Several_emails_are_stored_in_one_transaction_in_a_file_without_tables()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var path = host.Path + "-new";
        await using var connection = new SqliteConnection($"Data Source={path}");
        await connection.OpenAsync(Cancellation);
        var services = new ServiceCollection().AddSmtpTransporter(_ => host.Server.ToServerOptions())
            .AddSmtpOutbox($"Data Source={path}");
        await using var provider = services.BuildServiceProvider();
        var outbox = provider.GetRequiredService<IOutbox>();

        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            await outbox.EnqueueAsync(TestEmail.To("ann"), transaction: transaction, cancellationToken: Cancellation);
            await outbox.EnqueueAsync(TestEmail.To("bob"), transaction: transaction, cancellationToken: Cancellation);
            await transaction.CommitAsync(Cancellation);
        }

        Assert.Equal(2, (await outbox.CountAsync(Cancellation)).Due);
    }

    [Fact]
    public async Task An_email_that_requires_TLS_on_its_whole_way_still_does_behind_the_database()
    {
        await using var server = SmtpTestServer.Start(new() { RequireTls = true });
        await using var host = await OutboxHost.StartAsync(
            services: s => s.AddKeyedSmtpTransporter("strict", _ => server.ToServerOptions()));
        var email = TestEmail.To("ann");
        email.TlsRequirement = TlsRequirement.Required;

        var sent = await host.EnqueueAsync(email, transporterName: "strict");
        var refused = await host.EnqueueAsync(email);

        await host.UntilAsync(sent, OutboxState.Sent);
        var entry = await host.UntilAsync(refused, OutboxState.DeadLettered);
        Assert.True(Assert.Single(server.Messages).SenderParameters.ContainsKey("REQUIRETLS"));
        Assert.Empty(host.Server.Messages);
        Assert.Contains("REQUIRETLS", entry.History[^1].Text, StringComparison.Ordinal);
    }
}
