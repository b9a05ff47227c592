using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>How workers start, share a file, and end.</summary>
public sealed class OutboxWorkerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_process_on_the_file_does_not_touch_the_runs_of_the_first_and_takes_over_when_it_ends()
    {
        var asked = 0;
        var answer = new TaskCompletionSource();
        await using var first = await OutboxHost.StartAsync();
        var reached = first.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(answer.Task);
        var slow = await first.EnqueueAsync(TestEmail.To("ann"));
        await reached.Reached.WaitAsync(Cancellation);

        await using var second = await OutboxHost.StartAsync(o => o.UseSqlite(first.ConnectionString).OnUnknown = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return ValueTask.FromResult(UnknownDecision.Resend);
        });
        var quick = await second.EnqueueAsync(TestEmail.To("bob"));
        await first.UntilAsync(quick, OutboxState.Sent);
        answer.SetResult();
        var entry = await first.UntilAsync(slow, OutboxState.Sent);
        Assert.Equal(Outcome.Accepted, Assert.Single(entry.History).Outcome);
        Assert.Empty(second.Server.Messages);

        await first.StopAsync();
        var later = await second.EnqueueAsync(TestEmail.To("cid"));
        await second.UntilAsync(later, OutboxState.Sent);

        Assert.Equal(["ann@example.org", "bob@example.org"], first.Server.Messages.Select(m => m.Recipients[0]).Order());
        Assert.Equal("cid@example.org", Assert.Single(second.Server.Messages).Recipients[0]);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_process_that_waits_for_the_sender_lock_ends_at_once_and_leaves_its_emails_to_the_sender()
    {
        await using var first = await OutboxHost.StartAsync();
        var second = await OutboxHost.StartAsync(o => o.UseSqlite(first.ConnectionString));
        var id = await second.EnqueueAsync(TestEmail.To("ann"));

        await second.StopAsync();
        await first.UntilAsync(id, OutboxState.Sent);

        Assert.Single(first.Server.Messages);
        Assert.Empty(second.Server.Messages);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task An_application_that_is_disposed_without_being_stopped_ends_waiting_runs()
    {
        await using var limiter = new Turnstile();
        await using var server = SmtpTestServer.Start();
        var folder = Directory.CreateTempSubdirectory("outbox").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => server.ToServerOptions());
        builder.Services.AddSmtpOutbox(o => o.UseSqlite($"Data Source={folder}/outbox.db").UseRateLimiter(limiter));
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        await host.Services.GetRequiredService<IOutbox>().EnqueueAsync(TestEmail.To("ann"), cancellationToken: Cancellation);
        await limiter.Asked.WaitAsync(Cancellation);

        await Task.Run(host.Dispose, Cancellation).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);

        Assert.Empty(server.Messages);
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_email_that_is_enqueued_while_the_services_stop_is_kept()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.StopServicesAsync();

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        var canceled = await host.EnqueueAsync(TestEmail.To("bob"));
        Assert.True(await host.Outbox.CancelAsync(canceled, Cancellation));
        await host.StopAsync();

        await host.RunAsync();
        await host.UntilAsync(id, OutboxState.Sent);
        Assert.Single(host.Server.Messages);
    }
}
