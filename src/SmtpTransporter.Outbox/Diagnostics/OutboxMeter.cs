using System.Diagnostics.Metrics;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>
/// The metrics of the outbox. The numbers of emails are those of the last query; before the first one there are none. Thread-safe.
/// </summary>
internal sealed class OutboxMeter : IDisposable
{
    private readonly Meter _meter = new(OutboxTelemetry.Name);
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _feedback;
    private readonly Counter<long> _unmatchedFeedback;
    private readonly ObservableGauge<long> _emails;
    private readonly ObservableGauge<double> _oldestDue;
    private readonly ObservableGauge<double> _late;
    private readonly ObservableGauge<long> _pauses;
    private readonly ObservableGauge<long> _paused;
    private readonly ObservableGauge<long> _moved;
    private readonly WorkerLoops _loops;
    private readonly KeyValuePair<string, object?>[] _name;
    private volatile OutboxReading? _last;

    public OutboxMeter(OutboxName name, WorkerLoops loops)
    {
        _loops = loops;
        // Without a key there is no tag: nothing tells it from what there was before there were keys.
        _name = name.Key is { } key ? [new("smtp.outbox.name", key)] : [];
        _enqueued = _meter.CreateCounter<long>("smtp.outbox.enqueued", "{email}", "Emails that were stored");
        _attempts = _meter.CreateCounter<long>("smtp.outbox.attempts", "{attempt}", "Attempts by outcome");
        _deadLetters = _meter.CreateCounter<long>("smtp.outbox.dead_letters", "{email}", "Emails that became dead letters");
        _feedback = _meter.CreateCounter<long>("smtp.outbox.feedback", "{recipient}", "What came back, for each recipient");
        _unmatchedFeedback = _meter.CreateCounter<long>(
            "smtp.outbox.unmatched_feedback", "{report}", "What came back of emails that the outbox does not have");
        _emails = _meter.CreateObservableGauge("smtp.outbox.emails", MeasureEmails, "{email}", "Emails by state");
        _oldestDue = _meter.CreateObservableGauge(
            "smtp.outbox.oldest_due", MeasureOldestDue, "s", "How long the oldest due email has been waiting");
        _late = _meter.CreateObservableGauge(
            "smtp.outbox.late", MeasureLate, "s", "How long the oldest email has been due that is not paused");
        _pauses = _meter.CreateObservableGauge("smtp.outbox.pauses", () => Measure<long>(r => r.Pauses), "{pause}", "Pauses");
        _paused = _meter.CreateObservableGauge(
            "smtp.outbox.paused", () => Measure(r => r.Paused), "{email}", "Emails that wait and are paused");
        _moved = _meter.CreateObservableGauge(
            "smtp.outbox.moved", () => Measure(r => r.IsMoved ? 1L : 0), null,
            "1 if the sending is paused because the database is a copy or a restored backup");
        _meter.CreateObservableGauge(
            "smtp.outbox.silent_loops", MeasureSilent, "{loop}", "Parts of the worker that have not run for three of their intervals");
    }

    /// <summary>Whether a listener observes the numbers of emails.</summary>
    public bool IsObserved => _emails.Enabled || _oldestDue.Enabled || _late.Enabled || _pauses.Enabled || _paused.Enabled
        || _moved.Enabled;

    /// <summary>Whether an instrument belongs to this outbox.</summary>
    public bool Owns(Instrument instrument) => instrument.Meter == _meter;

    public void Update(OutboxReading reading) => _last = reading;

    public void AddEnqueued(int count) => _enqueued.Add(count, _name);

    public void AddAttempt(Outcome outcome)
    {
        var tag = new KeyValuePair<string, object?>("smtp.outcome", outcome.ToString());
        if (_name is [var name])
            _attempts.Add(1, tag, name);
        else
            _attempts.Add(1, tag);
    }

    public void AddDeadLetter() => _deadLetters.Add(1, _name);

    public void AddFeedback(RecipientReportKind kind, FeedbackCategory category)
    {
        KeyValuePair<string, object?>[] tags =
            [new("smtp.feedback.kind", kind.ToString()), new("smtp.feedback.category", category.ToString()), .. _name];
        _feedback.Add(1, tags);
    }

    public void AddUnmatchedFeedback() => _unmatchedFeedback.Add(1, _name);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> MeasureEmails() => _last is not { } last ? [] : Enum.GetValues<OutboxState>().Select(
        state => new Measurement<long>(last.Counts[state], [new("smtp.outbox.state", state.ToString()), .. _name]));

    private IEnumerable<Measurement<double>> MeasureOldestDue() => Measure(r => r.Counts.OldestDue.TotalSeconds);

    private IEnumerable<Measurement<double>> MeasureLate() => Measure(r => r.Late.TotalSeconds);

    // Not read from the database by a loop, which may be the silent one.
    private Measurement<long> MeasureSilent() => new(_loops.FindSilent().Count, _name);

    private IEnumerable<Measurement<T>> Measure<T>(Func<OutboxReading, T> value)
        where T : struct => _last is { } last ? [new Measurement<T>(value(last), _name)] : [];
}
