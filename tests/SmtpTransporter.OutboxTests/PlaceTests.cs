using System.Threading.RateLimiting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>How mails get their turn, and get it back when something has gone wrong with it.</summary>
public sealed class PlaceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_process_on_the_file_leaves_the_first_ones_runs_alone_and_takes_over_when_it_ends()
    {
        var asked = 0;
        var answer = new TaskCompletionSource();
        await using var first = await OutboxHost.StartAsync();
        var reached = first.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(answer.Task);
        var slow = await first.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        await reached.Reached.WaitAsync(Cancellation);

        await using var second = await OutboxHost.StartAsync(o => o.UseSqlite(first.ConnectionString).OnUnknown = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return ValueTask.FromResult(UnknownDecision.Resend);
        });
        var quick = await second.Outbox.EnqueueAsync(Mail("bob"), cancellationToken: Cancellation);
        await first.UntilAsync(quick, OutboxState.Sent);
        answer.SetResult();
        var entry = await first.UntilAsync(slow, OutboxState.Sent);
        Assert.Equal(Outcome.Accepted, Assert.Single(entry.History).Outcome);
        Assert.Empty(second.Server.Messages);

        await first.StopAsync();
        var later = await second.Outbox.EnqueueAsync(Mail("cid"), cancellationToken: Cancellation);
        await second.UntilAsync(later, OutboxState.Sent);

        Assert.Equal(["ann@example.org", "bob@example.org"], first.Server.Messages.Select(m => m.Recipients[0]).Order());
        Assert.Equal("cid@example.org", Assert.Single(second.Server.Messages).Recipients[0]);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_process_that_waits_to_send_ends_at_once_and_leaves_what_it_stored_to_the_sender()
    {
        await using var first = await OutboxHost.StartAsync();
        var second = await OutboxHost.StartAsync(o => o.UseSqlite(first.ConnectionString));
        var id = await second.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);

        await second.StopAsync();
        await first.UntilAsync(id, OutboxState.Sent);

        Assert.Single(first.Server.Messages);
        Assert.Empty(second.Server.Messages);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Mails_that_have_lost_their_places_get_new_ones_however_many_they_are()
    {
        const int Count = 1200;
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, Count).Select(i => new OutboxEmail(Mail($"u{i}"))), cancellationToken: Cancellation);
        await host.AskAsync("UPDATE smtp_outbox SET placed_at = created_at - 60000");
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);
        await host.Server.WaitForMessageAsync(Count - 1, Cancellation);

        Assert.Equal(Count, host.Server.Messages.Select(m => m.Recipients[0]).Distinct().Count());
    }

    [Fact]
    public async Task A_place_that_the_engine_has_given_up_is_none()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.Outbox.PauseAsync(Cancellation);
        var id = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        while (await host.AskAsync("SELECT count(*) FROM smtp_outbox_qrtz_triggers") is 0L)
            await Task.Delay(20, Cancellation);
        await host.StopAsync();
        await host.AskAsync("UPDATE smtp_outbox SET placed_at = created_at - 60000");
        await host.AskAsync("UPDATE smtp_outbox_qrtz_triggers SET trigger_state = 'ERROR'");
        await host.AskAsync("DELETE FROM smtp_outbox_qrtz_paused_trigger_grps");

        await host.RunAsync();

        await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(0L, await host.AskAsync("SELECT count(*) FROM smtp_outbox_qrtz_triggers WHERE trigger_state = 'ERROR'"));
    }

    [Fact]
    public async Task A_mail_whose_time_comes_goes_before_the_newsletter_that_waits()
    {
        await using var host = await OutboxHost.StartAsync(o => o.MaxConcurrency = 1);
        await host.Outbox.PauseAsync(Cancellation);
        await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 300).Select(i => new OutboxEmail(Mail($"low{i}")) { Priority = OutboxPriority.Low }), cancellationToken: Cancellation);
        await host.Outbox.EnqueueAsync(Mail("later"), sendAt: DateTimeOffset.UtcNow.AddHours(1), priority: OutboxPriority.High, cancellationToken: Cancellation);
        // No more than are soon sent are the engine's.
        while (await host.AskAsync("SELECT count(*) FROM smtp_outbox_qrtz_triggers") is not 200L)
            await Task.Delay(20, Cancellation);
        await host.AskAsync("UPDATE smtp_outbox SET due_at = created_at WHERE priority = 1");
        while (await host.AskAsync("SELECT count(*) FROM smtp_outbox_qrtz_triggers") is not 201L)
            await Task.Delay(20, Cancellation);

        await host.Outbox.ResumeAsync(Cancellation);
        await host.Server.WaitForMessageAsync(300, Cancellation);

        Assert.Equal("later@example.org", host.Server.Messages[0].Recipients[0]);
    }

    [Fact]
    public async Task Rates_that_are_waited_for_do_not_keep_the_mails_of_other_transporters_waiting()
    {
        await using var limiter = new Turnstile();
        string[] limited = ["a", "b", "newsletter"];
        await using var host = await OutboxHost.StartAsync(
            o => Array.ForEach(limited, name => o.UseRateLimiter(limiter, name)),
            services => Array.ForEach(limited[..2], name => services.AddKeyedSmtpTransporter(name, _ => new ServerOptions { Host = "unused.example" })));
        var news = Enumerable.Range(0, 90).Select(i => new OutboxEmail(Mail($"low{i}")) { TransporterName = limited[i % 3], Priority = (OutboxPriority)(i / 3 % 3) });
        var waiting = await host.Outbox.EnqueueManyAsync(news, cancellationToken: Cancellation);
        await limiter.Asked.WaitAsync(Cancellation);

        var id = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(["ann@example.org"], host.Server.Messages.Select(m => m.Recipients[0]));
        Assert.InRange((long)(await host.AskAsync("SELECT count(*) FROM smtp_outbox_qrtz_triggers"))!, 1, 5);
        limiter.Open();
        await host.UntilAsync(waiting[^1], OutboxState.Sent);
    }

    [Fact]
    public async Task A_policy_that_always_sends_again_does_so_with_the_waits_of_tries_and_not_for_ever()
    {
        await using var host = await OutboxHost.StartAsync(o =>
        {
            (o.InitialRetryDelay, o.MaxRetryDelay, o.ExpireAfter) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
            o.OnUnknown = (_, _) => ValueTask.FromResult(UnknownDecision.Resend);
        });
        host.Server.Script.On(SmtpStep.EndOfData).Close();

        var id = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        while (await host.AskAsync("SELECT 1 FROM smtp_outbox WHERE state = 4 AND ask_at IS NULL") is null)
            await Task.Delay(20, Cancellation);

        Assert.InRange((await host.Outbox.GetAsync(id, Cancellation))!.AttemptCount, 2, 6);
    }

    [Fact]
    public async Task An_application_that_is_disposed_of_without_being_stopped_ends_what_waits()
    {
        await using var limiter = new Turnstile();
        await using var server = SmtpTestServer.Start();
        var folder = Directory.CreateTempSubdirectory("outbox").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => server.ToServerOptions());
        builder.Services.AddSmtpOutbox(o => o.UseSqlite($"Data Source={folder}/outbox.db").UseRateLimiter(limiter));
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        await host.Services.GetRequiredService<IOutbox>().EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        await limiter.Asked.WaitAsync(Cancellation);

        await Task.Run(host.Dispose, Cancellation).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);

        Assert.Empty(server.Messages);
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_run_that_was_never_heard_of_again_is_parked_and_asked_about_when_it_has_surely_ended()
    {
        var asked = new TaskCompletionSource<OutboxEntry>();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var old = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        await host.AskAsync("UPDATE smtp_outbox SET state = 1, placed_at = created_at, worker = 'gone:1/1', transmitting_at = created_at - 3600000");
        await host.StopAsync();

        await host.RunAsync(o =>
        {
            o.EnableWorker = true;
            o.OnUnknown = (entry, _) =>
            {
                asked.SetResult(entry);
                return ValueTask.FromResult(UnknownDecision.Park);
            };
        });
        var said = await asked.Task.WaitAsync(Cancellation);

        Assert.Equal(old, said.Id);
        Assert.Contains("gone:1/1", Assert.Single(said.History).Text, StringComparison.Ordinal);
        while (await host.AskAsync("SELECT ask_at FROM smtp_outbox") is not DBNull)
            await Task.Delay(20, Cancellation);
        Assert.Equal(OutboxState.Unknown, (await host.Outbox.GetAsync(old, Cancellation))!.State);
        Assert.Empty(host.Server.Messages);
    }

    [Fact]
    public async Task The_application_is_not_asked_while_the_run_may_live()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var id = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        await host.AskAsync("UPDATE smtp_outbox SET state = 1, placed_at = created_at, worker = 'gone:1/1', transmitting_at = created_at - 3600000");
        await host.StopAsync();

        await host.RunAsync(o =>
        {
            o.EnableWorker = true;
            o.OnUnknownDelay = TimeSpan.FromHours(2);
            o.OnUnknown = (_, _) => ValueTask.FromResult(UnknownDecision.Discard);
        });
        var parked = await host.UntilAsync(id, OutboxState.Unknown);

        Assert.Equal(parked.TransmittingSince!.Value.AddHours(2).ToUnixTimeMilliseconds(), await host.AskAsync("SELECT ask_at FROM smtp_outbox"));
    }

    [Fact]
    public async Task What_is_enqueued_while_the_services_end_is_kept()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.StopServicesAsync();

        var id = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        var cancelled = await host.Outbox.EnqueueAsync(Mail("bob"), cancellationToken: Cancellation);
        Assert.True(await host.Outbox.CancelAsync(cancelled, Cancellation));
        await host.StopAsync();

        await host.RunAsync();
        await host.UntilAsync(id, OutboxState.Sent);
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task A_transaction_of_the_callers_can_be_the_first_to_use_the_outbox()
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
                    await outbox.EnqueueAsync(Mail($"u{round}"), transaction: transaction, cancellationToken: Cancellation);
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
    public async Task A_pause_stops_mails_that_wait_for_their_place_in_the_rate()
    {
        await using var limiter = new Turnstile();
        await using var host = await OutboxHost.StartAsync(o => o.UseRateLimiter(limiter));
        var id = await host.Outbox.EnqueueAsync(Mail("ann"), cancellationToken: Cancellation);
        await limiter.Asked.WaitAsync(Cancellation);

        await host.Outbox.PauseAsync(Cancellation);
        limiter.Open();
        await limiter.GivenBack.WaitAsync(Cancellation);
        while (await host.AskAsync("SELECT turn FROM smtp_outbox") is 0L)
            await Task.Delay(20, Cancellation);

        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.Empty(host.Server.Sessions);
        await host.Outbox.ResumeAsync(Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);
    }

    private static Email Mail(string to) => new() { From = "shop@example.com", To = $"{to}@example.org", Subject = "Hello", TextBody = "Hello" };

    /// <summary>Lets nobody through until it is opened, and everybody then.</summary>
    private sealed class Turnstile : RateLimiter
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _givenBack = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public Task GivenBack => _givenBack.Task;

        public override TimeSpan? IdleDuration => null;

        public void Open() => _open.SetResult();

        public override RateLimiterStatistics? GetStatistics() => null;

        protected override RateLimitLease AttemptAcquireCore(int permitCount) => throw new NotSupportedException();

        protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await _open.Task.WaitAsync(cancellationToken);
            return new Lease(_givenBack);
        }

        private sealed class Lease(TaskCompletionSource givenBack) : RateLimitLease
        {
            public override bool IsAcquired => true;

            public override IEnumerable<string> MetadataNames => [];

            public override bool TryGetMetadata(string metadataName, out object? metadata)
            {
                metadata = null;
                return false;
            }

            protected override void Dispose(bool disposing)
            {
                base.Dispose(disposing);
                givenBack.TrySetResult();
            }
        }
    }
}
