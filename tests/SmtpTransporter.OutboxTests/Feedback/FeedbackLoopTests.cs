using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Reading a source into an outbox.</summary>
public sealed class FeedbackLoopTests : IDisposable
{
    private static readonly FeedbackTokens Tokens = new(new byte[32]);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("feedback").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_bounce_in_a_folder_reaches_its_email()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.UseFeedbackTokens(Tokens, "bounces@example.com"),
            services => services.AddSmtpOutboxFeedback(_ => new FeedbackFolder(_folder), Soon));
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.UntilAsync(id, OutboxState.Sent);
        var before = (await host.Outbox.GetAsync(id, Cancellation))!;
        Assert.Null(before.Recipients[0].Report);

        await DropAsync(Came.Message(Assert.Single(host.Server.Messages).Sender, "ann@example.org", before.MessageId));

        await Poll.UntilAsync(
            async () => (await host.Outbox.GetAsync(id, Cancellation))!.Recipients[0].Report?.Kind == RecipientReportKind.Bounced,
            Cancellation);
        await Poll.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(_folder, "read", "1"))), Cancellation);
    }

    [Fact]
    public async Task A_folder_that_comes_later_keeps_no_application_from_starting()
    {
        var isTried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var later = Path.Combine(_folder, "later");
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false,
            services => services.AddSmtpOutboxFeedback(
                _ =>
                {
                    isTried.TrySetResult();
                    return new FeedbackFolder(later);
                },
                Soon));
        await isTried.Task.WaitAsync(Cancellation);

        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(later).FullName, "1"), "Subject: Hello\n\nHello", Cancellation);

        await Poll.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(later, "read", "1"))), Cancellation);
        Assert.Empty(Directory.GetFiles(later));
    }

    [Fact]
    public async Task Whoever_watches_an_email_beyond_its_end_sees_what_comes_back()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.EndAsync(OutboxState.Sent);
        await using var changes = host.Outbox.WatchFeedbackAsync(id, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await changes.MoveNextAsync());
        Assert.Empty(changes.Current.History);

        var next = changes.MoveNextAsync().AsTask();
        await host.Outbox.RecordFeedbackAsync(Came.Report(id, "1@mx", Came.Delay("ann@example.org")), null, Cancellation);
        await Poll.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(next.IsCompleted);
        }, Cancellation);

        Assert.True(await next);
        Assert.Equal(RecipientReportKind.Delayed, changes.Current.Recipients[0].Report!.Kind);
    }

    [Fact]
    public async Task A_message_that_is_gone_or_cannot_be_marked_holds_up_no_other_and_nothing_counts_twice()
    {
        var told = new List<OutboxFeedback>();
        using var lines = new LogLines();
        var source = new ListSource();
        await using var host = await OutboxHost.StartAsync(
            o =>
            {
                o.EnableWorker = false;
                o.UseFeedbackTokens(Tokens, "bounces@example.com").OnFeedback = (_, feedback, _) =>
                {
                    told.Add(feedback);
                    throw new InvalidOperationException("The application fails.");
                };
            },
            services =>
            {
                services.AddSmtpOutboxFeedback(_ => source, Soon);
                services.AddLogging(logging => logging.AddProvider(lines));
            });
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.EndAsync(OutboxState.Sent);
        var entry = (await host.Outbox.GetAsync(id, Cancellation))!;
        var bounce = Came.Message(entry.Sender, "ann@example.org", entry.MessageId);

        source.Start(
            new("gone", null, 0), new("bounce", bounce, 1), new("ordinary", "Subject: Hello\n\nHello"u8.ToArray(), 0),
            new("unknown", Came.Message("bounces@example.com", "x@example.org", "other@shop.example"), 0));
        await source.UntilCompletedAsync(3, Cancellation);

        Assert.Equal(["ordinary", "unknown", "bounce"], source.Completed);
        Assert.Single((await host.Outbox.GetAsync(id, Cancellation))!.History);
        // The message came again, only to be marked.
        Assert.Equal([(1, false)], told.Select(f => (f.Reports.Count, f.IsRepeated)));
        Assert.Single(lines.Warnings, line => line.StartsWith("The message gone of a feedback source", StringComparison.Ordinal));
        Assert.Single(lines.Warnings, line => line.StartsWith("The message bounce of a feedback source", StringComparison.Ordinal));
        Assert.Single(lines.Warnings, line => line.StartsWith($"OnFeedback failed for {id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_came_by_another_way_before_calls_nobody()
    {
        var told = new List<OutboxEntry>();
        await using var host = await OutboxHost.StartAsync(o =>
        {
            o.EnableWorker = false;
            o.OnFeedback = (entry, _, _) =>
            {
                told.Add(entry);
                return ValueTask.CompletedTask;
            };
        });
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var bounce = Came.Report(id, null, Came.Bounce("ann@example.org"));

        foreach (var way in new[] { "webhook", "mailbox" })
            await host.Outbox.RecordFeedbackAsync(bounce, way, Cancellation);
        await host.Outbox.RecordFeedbackAsync(bounce with { Kind = FeedbackKind.AutomaticReply }, "away", Cancellation);

        Assert.Equal(RecipientReportKind.Bounced, Assert.Single(Assert.Single(told).Recipients).Report!.Kind);
    }

    [Fact]
    public async Task The_application_decides_what_suppresses_and_a_report_that_comes_again_makes_up_for_it()
    {
        await using var host = await OutboxHost.StartAsync(o => (o.EnableWorker, o.SuppressAfter) = (false, [SuppressionReason.Complaint]));
        var list = host.Services.GetRequiredService<ISuppressionList>();
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var complaint = Came.Wish(FeedbackKind.Complaint, id, "1@loop", "ann@example.org");

        await host.Outbox.RecordFeedbackAsync(Came.Report(id, "2@mx", Came.Bounce("ann@example.org")), null, Cancellation);
        Assert.Empty(await list.FindAsync("ann@example.org", Cancellation));
        await host.Outbox.RecordFeedbackAsync(complaint, null, Cancellation);
        // As after a crash before the list had it.
        await list.RemoveAsync("ann@example.org", "ann", cancellationToken: Cancellation);
        await host.Outbox.RecordFeedbackAsync(complaint, null, Cancellation);

        Assert.Equal(SuppressionReason.Complaint, Assert.Single(await list.FindAsync("ann@example.org", Cancellation)).Reason);
    }

    [Fact]
    public void An_interval_or_an_outbox_that_does_not_exist_is_refused()
    {
        var services = new ServiceCollection();

        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddSmtpOutboxFeedback(_ => new ListSource(), TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddSmtpOutboxFeedback(_ => new ListSource(), TimeSpan.FromDays(2)));
        services.AddSmtpOutboxFeedback(_ => new ListSource(), key: "tenant");
        using var provider = services.BuildServiceProvider();
        var loop = provider.GetRequiredService<Microsoft.Extensions.Hosting.IHostedService>();
        Assert.Throws<InvalidOperationException>(() => { _ = loop.StartAsync(Cancellation); });
    }

    private async Task DropAsync(byte[] message)
    {
        var part = Path.Combine(_folder, "1.part");
        await File.WriteAllBytesAsync(part, message, Cancellation);
        File.Move(part, Path.Combine(_folder, "1"));
    }

    /// <summary>Messages that stay until they are marked, some of them only the second time.</summary>
    private sealed class ListSource : IFeedbackSource
    {
        private readonly List<Message> _left = [];
        private readonly TaskCompletionSource _isDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _expected = int.MaxValue;

        public List<string> Completed { get; } = [];

        public void Start(params Message[] messages)
        {
            lock (_left)
                _left.AddRange(messages);
        }

        public Task UntilCompletedAsync(int count, CancellationToken cancellationToken)
        {
            lock (_left)
            {
                _expected = count;
                if (Completed.Count >= count)
                    _isDone.TrySetResult();
            }
            return _isDone.Task.WaitAsync(cancellationToken);
        }

        public async IAsyncEnumerable<FeedbackMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            List<Message> left;
            lock (_left)
                left = [.. _left];
            foreach (var message in left)
                yield return new FeedbackMessage(message.Id, _ => Open(message), _ => Complete(message));
            await Task.CompletedTask;
        }

        private static Task<Stream> Open(Message message) => message.Content is { } content
            ? Task.FromResult<Stream>(new MemoryStream(content)) : throw new FileNotFoundException("It is gone.");

        private Task Complete(Message message)
        {
            if (message.Failures-- > 0)
                throw new IOException("It cannot be marked.");
            lock (_left)
            {
                _left.Remove(message);
                Completed.Add(message.Id);
                if (Completed.Count >= _expected)
                    _isDone.TrySetResult();
            }
            return Task.CompletedTask;
        }

        /// <param name="id">The id.</param>
        /// <param name="content">The content; null if it is gone.</param>
        /// <param name="failures">How often it cannot be marked.</param>
        public sealed class Message(string id, byte[]? content, int failures)
        {
            public string Id => id;

            public byte[]? Content => content;

            public int Failures { get; set; } = failures;
        }
    }
}
