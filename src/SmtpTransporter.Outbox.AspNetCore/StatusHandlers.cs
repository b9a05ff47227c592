using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles what the page asks again and again: the numbers, the lanes and the chart. All pages share what is read.</summary>
internal sealed class StatusHandlers
{
    private const int MaxLanes = 200;

    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ChartAge = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(2);

    // Two countings of the same email differ by the time that they took.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private readonly IOutbox _outbox;
    private readonly IOutboxMonitor _monitor;
    private readonly TimeSpan _lateAfter;
    private readonly TimeProvider _time;
    private readonly SharedReading<StatusView> _status;
    private readonly SharedReading<LaneListView> _lanes;
    private readonly SharedReading<ThroughputView> _throughput;
    private volatile StatusView? _last;

    public StatusHandlers(IOutbox outbox, IOutboxMonitor monitor, TimeSpan lateAfter, TimeProvider time)
    {
        (_outbox, _monitor, _lateAfter, _time) = (outbox, monitor, lateAfter, time);
        _status = new SharedReading<StatusView>(CountAsync, CountAge, MaxAge, time);
        _lanes = new SharedReading<LaneListView>(ListLanesAsync, CountAge, MaxAge, time);
        _throughput = new SharedReading<ThroughputView>(new ThroughputHistory(monitor, time).ReadAsync, ChartAge, MaxAge, time);
    }

    public void Map(RouteGroupBuilder group)
    {
        group.MapGet("/status", StatusAsync);
        group.MapGet("/lanes", async context => await PageAnswers.JsonAsync(
            context, await _lanes.GetAsync(context.RequestAborted).ConfigureAwait(false), OutboxJson.Default.LaneListView)
            .ConfigureAwait(false));
        group.MapGet("/throughput", async context => await PageAnswers.JsonAsync(
            context, await _throughput.GetAsync(context.RequestAborted).ConfigureAwait(false), OutboxJson.Default.ThroughputView)
            .ConfigureAwait(false));
        group.MapPost("/pause", context => SwitchAsync(context, PauseAsync));
        group.MapPost("/resume", context => SwitchAsync(context, ResumeAsync));
    }

    /// <summary>A user of the page has changed something.</summary>
    public void Invalidate()
    {
        _status.Invalidate();
        _lanes.Invalidate();
    }

    /// <summary>Nothing is sent if the page has these numbers.</summary>
    private async Task StatusAsync(HttpContext context)
    {
        var view = await _status.GetAsync(context.RequestAborted).ConfigureAwait(false);
        var numbers = view with { IntervalSeconds = 0 };
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(numbers, OutboxJson.Default.StatusView));
        var tag = $"\"{Convert.ToHexString(hash.AsSpan(0, 8))}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        else
            await PageAnswers.JsonAsync(context, view, OutboxJson.Default.StatusView).ConfigureAwait(false);
    }

    private async Task<StatusView> CountAsync(CancellationToken cancellationToken)
    {
        var counts = await _outbox.CountAsync(cancellationToken).ConfigureAwait(false);
        var isPaused = await _outbox.IsPausedAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset? oldest = counts.Due == 0 ? null : _time.GetUtcNow() - counts.OldestDue;
        if ((oldest - _last?.OldestDueAt)?.Duration() < Tolerance)
            oldest = _last?.OldestDueAt;
        var states = Enum.GetValues<OutboxState>().ToDictionary(state => state.ToString(), state => counts[state]);
        var interval = (int)Math.Ceiling(_status.Age.TotalSeconds / 10) * 10;
        return _last = new StatusView(isPaused, counts.Due, oldest, states, interval > 10 ? interval : 0);
    }

    private async Task<LaneListView> ListLanesAsync(CancellationToken cancellationToken)
    {
        var lanes = await _monitor.ListLanesAsync(MaxLanes + 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        var pauses = await _outbox.ListPausesAsync(cancellationToken).ConfigureAwait(false);
        var now = _time.GetUtcNow();
        return new LaneListView(
            _lateAfter.TotalSeconds, [.. lanes.Take(MaxLanes).Select(l => LaneView.FromLane(l, pauses, now))], lanes.Count > MaxLanes,
            [.. pauses.Select(PauseView.FromPause)]);
    }

    private Task PauseAsync(string by, string? reason, string? transporter, string? lane) =>
        _outbox.PauseAsync(by, reason, transporter, lane, CancellationToken.None);

    private Task ResumeAsync(string by, string? reason, string? transporter, string? lane) =>
        _outbox.ResumeAsync(by, transporter, lane, CancellationToken.None);

    /// <summary>Pauses or resumes a lane, a transporter, or everything if the request names none.</summary>
    private async Task SwitchAsync(HttpContext context, Func<string, string?, string?, string?, Task> run)
    {
        if (!await PageAnswers.IsFromPageAsync(context).ConfigureAwait(false)
            || await ActionReader.ReadAsync(context).ConfigureAwait(false) is not { } request)
            return;
        var values = context.Request.Query;
        try
        {
            await run(PageAnswers.NameOf(context.User), request.Reason, values["transporter"], values["lane"]).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (TimeoutException exception)
        {
            // It is stored, and a worker has not acknowledged it.
            await PageAnswers.ConflictAsync(context, exception.Message).ConfigureAwait(false);
        }
        Invalidate();
    }
}
