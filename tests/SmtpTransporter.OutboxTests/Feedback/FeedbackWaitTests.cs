using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>When a source is looked at.</summary>
public sealed class FeedbackWaitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_that_tells_of_a_message_is_looked_at_then_and_not_by_the_clock()
    {
        var source = new TellingSource();
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSmtpOutboxFeedback(_ => source, TimeSpan.FromDays(1)));
        for (var look = 0; look < 3; look++)
        {
            Assert.Equal(TimeSpan.FromDays(1), await source.Waits.Reader.ReadAsync(Cancellation));
            Assert.Equal(look + 1, source.Looks);
            source.Tell();
        }
        await source.Waits.Reader.ReadAsync(Cancellation);
        Assert.False(source.IsDisposed);

        await host.StopAsync();

        Assert.True(source.IsDisposed);
    }

    [Theory]
    [InlineData(true, 61, 1, 2, 4, 8, 16, 32, 61, 61)]
    [InlineData(true, 7200, 1, 2)]
    [InlineData(false, 61, 61, 122, 244, 488, 976, 1952, 3600, 3600)]
    [InlineData(false, 7200, 7200, 7200)]
    public async Task After_a_failure_the_pauses_grow_and_most_of_all_after_one_that_lasts(
        bool isTransient, int interval, params int[] seconds)
    {
        var time = new WatchedClock();
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false,
            services =>
            {
                services.AddSingleton<TimeProvider>(time);
                services.AddSmtpOutboxFeedback(_ => new FailingSource(isTransient), TimeSpan.FromSeconds(interval));
            });

        foreach (var pause in seconds)
            await time.PassAsync(TimeSpan.FromSeconds(pause), Cancellation);
    }

    [Fact]
    public async Task The_pauses_grow_as_well_if_a_source_can_be_read_and_not_waited_for()
    {
        var time = new WatchedClock();
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false,
            services =>
            {
                services.AddSingleton<TimeProvider>(time);
                services.AddSmtpOutboxFeedback(_ => new CutOffSource(), TimeSpan.FromSeconds(61));
            });

        foreach (var pause in (int[])[1, 2, 4, 8])
            await time.PassAsync(TimeSpan.FromSeconds(pause), Cancellation);
    }

    /// <summary>An empty source, in which something may be at any time.</summary>
    private sealed class TellingSource : IFeedbackSource, IAsyncDisposable
    {
        private readonly SemaphoreSlim _news = new(0);

        public Channel<TimeSpan> Waits { get; } = Channel.CreateUnbounded<TimeSpan>();

        public int Looks { get; private set; }

        public bool IsDisposed { get; private set; }

        public void Tell() => _news.Release();

        public async IAsyncEnumerable<FeedbackMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            Looks++;
            await Task.CompletedTask;
            yield break;
        }

        public Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken = default)
        {
            Waits.Writer.TryWrite(limit);
            return _news.WaitAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            _news.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>An empty source whose connection is lost while it is idle.</summary>
    private sealed class CutOffSource : IFeedbackSource
    {
        public async IAsyncEnumerable<FeedbackMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield break;
        }

        public Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken = default) =>
            Task.FromException(new FeedbackMailboxException("The connection was lost.", isTransient: true));
    }

    private sealed class FailingSource(bool isTransient) : IFeedbackSource
    {
        public IAsyncEnumerable<FeedbackMessage> ReadAsync(CancellationToken cancellationToken = default) =>
            throw new FeedbackMailboxException("The mailbox is away.", isTransient);
    }

    /// <summary>A clock that stands still, and tells of the timers that are set.</summary>
    private sealed class WatchedClock : FakeTimeProvider
    {
        private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _timers = new();

        /// <summary>Waits until a timer of this length is set, and lets the time pass.</summary>
        public async Task PassAsync(TimeSpan length, CancellationToken cancellationToken)
        {
            await TimersOf(length).WaitAsync(cancellationToken);
            Advance(length);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            TimersOf(dueTime).Release();
            return timer;
        }

        private SemaphoreSlim TimersOf(TimeSpan length) => _timers.GetOrAdd(length, _ => new SemaphoreSlim(0));
    }
}
