using System.Diagnostics.Metrics;

namespace SmtpTransport.Outbox;

/// <summary>The outbox's metrics. The numbers of mails are those of the last look at the database. Safe for concurrent callers.</summary>
internal sealed class OutboxMeter : IDisposable
{
    private readonly Meter _meter = new(OutboxTelemetry.Name);
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _tries;
    private readonly Counter<long> _dead;
    private readonly ObservableGauge<long> _mails;
    private readonly ObservableGauge<double> _oldest;
    private volatile OutboxCounts _counts = new();

    public OutboxMeter()
    {
        _enqueued = _meter.CreateCounter<long>("smtp.outbox.enqueued", "{mail}", "Mails that were stored");
        _tries = _meter.CreateCounter<long>("smtp.outbox.tries", "{try}", "Tries by outcome");
        _dead = _meter.CreateCounter<long>("smtp.outbox.dead_letters", "{mail}", "Mails that became dead letters");
        _mails = _meter.CreateObservableGauge("smtp.outbox.mails", Mails, "{mail}", "Mails by state");
        _oldest = _meter.CreateObservableGauge("smtp.outbox.oldest_due", () => _counts.OldestDue.TotalSeconds, "s", "How long the oldest due mail has been waiting");
    }

    /// <summary>Whether anybody asks for the numbers of mails.</summary>
    public bool Counts => _mails.Enabled || _oldest.Enabled;

    /// <summary>Whether an instrument is this outbox's.</summary>
    public bool Owns(Instrument instrument) => instrument.Meter == _meter;

    public void Counted(OutboxCounts counts) => _counts = counts;

    public void Enqueued(int count) => _enqueued.Add(count);

    public void Tried(Outcome outcome) => _tries.Add(1, new KeyValuePair<string, object?>("smtp.outcome", outcome.ToString()));

    public void Died() => _dead.Add(1);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Mails() =>
        Enum.GetValues<OutboxState>().Select(state => new Measurement<long>(_counts[state], new KeyValuePair<string, object?>("smtp.outbox.state", state.ToString())));
}
