using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <inheritdoc/>
public sealed class SqliteErasureTests : ErasureTests
{
    private protected override OutboxTables Tables => new(() => new SqliteConnection(Host.ConnectionString));

    [Fact]
    public async Task No_byte_of_many_emails_is_left_that_were_stored_and_changed_among_others()
    {
        await Host.EnqueueManyAsync(Enumerable.Range(0, 600).Select(Create));
        for (var i = 0; i < 3; i++)
        {
            await Outbox.CancelAsync(new OutboxQuery { Recipient = Address }, "ann", "needle", Cancellation);
            await Outbox.ResendAsync(new OutboxQuery { States = [OutboxState.Canceled] }, "ann", "needle", Cancellation);
        }

        var erasure = await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);

        Assert.Equal(200, erasure.ErasedCount);
        await AssertGoneAsync();

        static OutboxEmail Create(int i)
        {
            var email = TestEmail.To(i % 3 == 0 ? Address : $"u{i}");
            email.Subject = new string('s', i % 97 * 11) + (i % 3 == 0 ? "needle" : "");
            return new OutboxEmail(email);
        }
    }

    [Fact]
    public async Task No_byte_is_left_of_an_email_among_which_others_were_stored_in_transactions_of_a_caller()
    {
        await using (var connection = new SqliteConnection(Host.ConnectionString))
        {
            await connection.OpenAsync(Cancellation);
            await connection.ExecuteAsync("PRAGMA secure_delete = OFF", Cancellation);
            for (var i = 0; i < 300; i++)
            {
                await using var transaction = connection.BeginTransaction();
                var recipient = i % 3 == 0 ? Address : $"u{i}";
                // The index of the keys has them in another order than that in which they come.
                await Host.EnqueueAsync(
                    TestEmail.To(recipient), idempotencyKey: $"{i * 7919 % 300}/{recipient}", transaction: transaction);
                await transaction.CommitAsync(Cancellation);
            }
            Assert.Equal(0L, await connection.ScalarAsync("PRAGMA secure_delete", Cancellation));
        }

        await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);

        await AssertGoneAsync();
    }

    [Fact]
    public async Task A_reader_that_keeps_the_log_delays_it_and_the_next_look_makes_up_for_it()
    {
        await EraseWhileReadAsync();

        await Host.Services.GetRequiredService<Database>().CompactAsync(Cancellation);

        await AssertGoneAsync();
    }

    [Fact]
    public async Task What_another_process_could_not_remove_from_the_log_is_gone_after_ten_minutes()
    {
        var time = new FakeTimeProvider();
        await using var other = await OutboxHost.StartAsync(
            o => o.UseSqlite(Host.ConnectionString).EnableWorker = false, s => s.AddSingleton<TimeProvider>(time));
        var database = other.Services.GetRequiredService<Database>();
        await EraseWhileReadAsync();

        await database.CompactAsync(Cancellation);
        Assert.True(FindTrace() >= 0);
        time.Advance(TimeSpan.FromMinutes(11));
        await database.CompactAsync(Cancellation);

        await AssertGoneAsync();
    }

    private protected override Task<Action<OutboxOptions>> CreateDatabaseAsync() => Task.FromResult<Action<OutboxOptions>>(_ => { });

    /// <summary>The tables, and every byte of the file and its log.</summary>
    private protected override async Task AssertGoneAsync()
    {
        await base.AssertGoneAsync();
        Assert.Equal(-1, FindTrace());
    }

    /// <summary>Erases while another session reads, which keeps the log as it is.</summary>
    private async Task EraseWhileReadAsync()
    {
        await Host.EnqueueAsync(TestEmail.To(Address));
        await using var connection = new SqliteConnection(Host.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var reading = connection.BeginTransaction(deferred: true);
        await connection.ScalarAsync("SELECT count(*) FROM smtp_outbox_email", Cancellation, reading);
        await Outbox.EraseAsync(Address, "ann", cancelWaiting: true, cancellationToken: Cancellation);
        Assert.True(FindTrace() >= 0);
    }

    /// <summary>Where the first trace is in the files; -1 if there is none.</summary>
    private int FindTrace()
    {
        string[] paths = [Host.Path, Host.Path + "-wal", Host.Path + "-shm"];
        var files = paths.Where(File.Exists).SelectMany(File.ReadAllBytes).ToArray();
        Assert.True(files.Length > 4096);
        return Traces.Max(trace => files.AsSpan().IndexOf(Encoding.ASCII.GetBytes(trace)));
    }
}
