using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>What an open page of the outbox asks again and again, before an outbox whose answers and clock are the test's own.</summary>
public sealed class OutboxStatusTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 10, 20, 30, TimeSpan.Zero));
    private readonly Mock<IOutbox> _outbox = new();
    private readonly Mock<IOutboxMonitor> _monitor = new();
    private readonly List<(DateTimeOffset From, DateTimeOffset Until)> _periods = [];
    private readonly HttpClient _client = new();
    private readonly WebApplication _app;
    private OutboxCounts _counts = new();

    public OutboxStatusTests()
    {
        _outbox.Setup(o => o.CountAsync(It.IsAny<CancellationToken>())).ReturnsAsync(() => _counts);
        _monitor.Setup(m => m.GetTimeAsync(It.IsAny<CancellationToken>())).ReturnsAsync(() => _time.GetUtcNow());
        _monitor.Setup(m => m.ListThroughputAsync(It.IsAny<DateTimeOffset>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .Callback((DateTimeOffset from, DateTimeOffset until, CancellationToken _) => _periods.Add((from, until)))
            .ReturnsAsync((DateTimeOffset from, DateTimeOffset _, CancellationToken _) => [new OutboxThroughput(from, 10, 1)]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddAuthorization();
        builder.Services.AddSingleton(_outbox.Object).AddSingleton(_monitor.Object).AddSingleton<TimeProvider>(_time);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity([], "test"));
            return next(context);
        });
        _app.UseAuthorization();
        _app.MapOutbox();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Numbers_that_have_not_changed_cost_no_answer_and_are_counted_once_a_second_for_all_pages()
    {
        await StartAsync();
        _counts = Counts(waiting: 3, due: 2, TimeSpan.FromSeconds(40));
        using var first = await _client.GetAsync("status", Cancellation);
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal(2, (await first.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("due").GetInt32());

        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(tag));
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(tag));
        Assert.Equal(1, CountsRead());

        _time.Advance(TimeSpan.FromSeconds(2));
        // The same email is the oldest one, and was due at the same time.
        _counts = Counts(waiting: 3, due: 2, TimeSpan.FromSeconds(42.3));
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(tag));
        Assert.Equal(2, CountsRead());

        _time.Advance(TimeSpan.FromSeconds(2));
        _counts = Counts(waiting: 3, due: 3, TimeSpan.FromSeconds(44.3));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(tag));
    }

    [Fact]
    public async Task Counting_takes_at_most_half_a_percent_of_the_time_unless_a_user_has_changed_something()
    {
        _outbox.Setup(o => o.IsPausedAsync(It.IsAny<CancellationToken>())).Callback(() => _time.Advance(TimeSpan.FromSeconds(0.2)))
            .ReturnsAsync(false);
        await StartAsync();
        await AskAsync(null);

        _time.Advance(TimeSpan.FromSeconds(39));
        await AskAsync(null);
        Assert.Equal(1, CountsRead());
        _time.Advance(TimeSpan.FromSeconds(2));
        await AskAsync(null);
        Assert.Equal(2, CountsRead());
        using var seldom = await _client.GetAsync("status", Cancellation);
        Assert.Equal(40, (await seldom.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("intervalSeconds").GetInt32());

        using var request = new HttpRequestMessage(HttpMethod.Post, "pause");
        request.Headers.Add("X-Outbox", "1");
        using var paused = await _client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, paused.StatusCode);
        await AskAsync(null);
        Assert.Equal(3, CountsRead());
    }

    [Fact]
    public async Task After_a_failure_of_the_database_the_numbers_are_read_again()
    {
        await StartAsync();
        _outbox.SetupSequence(o => o.IsPausedAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new TimeoutException()).ReturnsAsync(true);

        Assert.Equal(HttpStatusCode.InternalServerError, await AskAsync(null));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(null));
    }

    [Fact]
    public async Task The_chart_reads_each_past_hour_once_and_then_only_the_last_minutes()
    {
        await StartAsync();
        var chart = await _client.GetFromJsonAsync<JsonElement>("throughput", Cancellation);

        var hour = new DateTimeOffset(2026, 11, 30, 10, 0, 0, TimeSpan.Zero);
        Assert.Equal(24, _periods.Count);
        Assert.Equal((hour, _time.GetUtcNow()), _periods[0]);
        Assert.Equal((hour.AddHours(-23), hour.AddHours(-22)), _periods[^1]);
        Assert.True(chart.GetProperty("isComplete").GetBoolean());
        Assert.Equal(Enumerable.Repeat(10, 24), Numbers("day", "sent"));
        Assert.Equal(hour.AddHours(-23), chart.GetProperty("day")[0].GetProperty("at").GetDateTimeOffset());
        Assert.Equal(60, Numbers("hour", "failed").Count);
        Assert.Equal(1, Numbers("hour", "failed")[39]);
        Assert.Equal(1, Numbers("hour", "failed").Sum());

        _periods.Clear();
        _time.Advance(TimeSpan.FromSeconds(30));
        chart = await _client.GetFromJsonAsync<JsonElement>("throughput", Cancellation);

        Assert.Equal([(hour.AddMinutes(18), _time.GetUtcNow())], _periods);
        Assert.Equal(20, Numbers("day", "sent")[23]);
        Assert.Equal([10, 10], [Numbers("hour", "sent")[38], Numbers("hour", "sent")[56]]);

        List<int> Numbers(string name, string of) =>
            [.. chart.GetProperty(name).EnumerateArray().Select(b => b.GetProperty(of).GetInt32())];
    }

    [Fact]
    public async Task A_day_that_takes_long_to_count_is_counted_in_several_steps()
    {
        _monitor.Setup(m => m.ListThroughputAsync(It.IsAny<DateTimeOffset>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .Callback(() => _time.Advance(TimeSpan.FromMilliseconds(100))).ReturnsAsync([]);
        await StartAsync();
        var isComplete = false;
        var steps = 0;
        for (; !isComplete; steps++)
        {
            var chart = await _client.GetFromJsonAsync<JsonElement>("throughput", Cancellation);
            isComplete = chart.GetProperty("isComplete").GetBoolean();
            _time.Advance(TimeSpan.FromSeconds(60));
        }

        Assert.InRange(steps, 8, 14);
    }

    [Fact]
    public async Task The_lanes_have_their_times_rates_and_limits()
    {
        _monitor.Setup(m => m.ListLanesAsync(It.IsAny<int>(), It.IsAny<int>(), It.IsAny<CancellationToken>())).ReturnsAsync(
        [
            new OutboxLane
            {
                TransporterName = "bulk", Lane = "a", Waiting = new OutboxMatchCount(1000, true), Sending = 2, HasRateLimiter = true,
                FirstDueIn = TimeSpan.FromSeconds(-90), MinInterval = TimeSpan.FromSeconds(0.5), MaxConcurrency = 3,
            },
            new OutboxLane { TransporterName = "", Lane = "", Sending = 1 },
        ]);
        _outbox.Setup(o => o.ListPausesAsync(It.IsAny<CancellationToken>())).ReturnsAsync(
            [new OutboxPause { TransporterName = "bulk", By = "ann", Reason = "complaints", PausedAt = _time.GetUtcNow().AddHours(-1) }]);
        await StartAsync();

        var view = await _client.GetFromJsonAsync<JsonElement>("lanes", Cancellation);

        Assert.Equal((600, false), (view.GetProperty("lateAfterSeconds").GetDouble(), view.GetProperty("hasMore").GetBoolean()));
        var lane = view.GetProperty("lanes")[0];
        Assert.Equal(_time.GetUtcNow().AddSeconds(-90), lane.GetProperty("firstDueAt").GetDateTimeOffset());
        Assert.Equal((1000, true), (lane.GetProperty("waiting").GetInt32(), lane.GetProperty("hasMore").GetBoolean()));
        Assert.Equal((0.5, 3), (lane.GetProperty("intervalSeconds").GetDouble(), lane.GetProperty("maxConcurrency").GetInt32()));
        Assert.Equal(JsonValueKind.Null, view.GetProperty("lanes")[1].GetProperty("firstDueAt").ValueKind);
        Assert.Equal("transporter \"bulk\", by ann: complaints", lane.GetProperty("pause").GetString());
        Assert.False(lane.GetProperty("isPaused").GetBoolean());
        Assert.Equal(JsonValueKind.Null, view.GetProperty("lanes")[1].GetProperty("pause").ValueKind);
        var pause = Assert.Single(view.GetProperty("pauses").EnumerateArray());
        Assert.Equal(("bulk", JsonValueKind.Null), (pause.GetProperty("transporter").GetString(), pause.GetProperty("lane").ValueKind));
        Assert.Equal("transporter \"bulk\", by ann: complaints", pause.GetProperty("text").GetString());
        Assert.Equal(_time.GetUtcNow().AddHours(-1), pause.GetProperty("pausedAt").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("pause", null, null)]
    [InlineData("pause?transporter=&lane=a", "", "a")]
    [InlineData("resume?transporter=bulk&lane=", "bulk", "")]
    public async Task A_lane_or_everything_is_paused_and_resumed_in_the_name_of_the_user(string path, string? transporter, string? lane)
    {
        await StartAsync();
        _client.DefaultRequestHeaders.Add("X-Outbox", "1");

        using var response = await _client.PostAsync(path, null, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var isPause = path.StartsWith("pause", StringComparison.Ordinal);
        _outbox.Verify(
            o => o.PauseAsync("a user of the page", null, transporter, lane, It.IsAny<CancellationToken>()),
            isPause ? Times.Once() : Times.Never());
        _outbox.Verify(
            o => o.ResumeAsync("a user of the page", transporter, lane, It.IsAny<CancellationToken>()),
            isPause ? Times.Never() : Times.Once());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private static OutboxCounts Counts(long waiting, long due, TimeSpan oldest) => new()
    {
        ByState = new Dictionary<OutboxState, long> { [OutboxState.Waiting] = waiting },
        Due = due,
        OldestDue = oldest,
    };

    private async Task StartAsync()
    {
        await _app.StartAsync(Cancellation);
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _client.BaseAddress = new Uri($"{address}/outbox/");
    }

    private async Task<HttpStatusCode> AskAsync(string? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "status");
        if (tag is not null)
            request.Headers.Add("If-None-Match", tag);
        using var response = await _client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    private int CountsRead() => _outbox.Invocations.Count(i => i.Method.Name == nameof(IOutbox.CountAsync));
}
