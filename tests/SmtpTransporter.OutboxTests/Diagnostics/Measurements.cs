using System.Diagnostics.Metrics;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests;

/// <summary>The measurements of one outbox; other tests run at the same time.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _values = [];
    private readonly Dictionary<string, TaskCompletionSource> _waiting = [];

    /// <summary>The value of an instrument, followed by those of its tags; NaN if there is no measurement.</summary>
    public double this[string name]
    {
        get
        {
            lock (_values)
                return _values.GetValueOrDefault(name, double.NaN);
        }
    }

    public void ListenTo(OutboxMeter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meter.Owns(instrument))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Waits for the first measurement.</summary>
    public Task UntilAsync(string name, CancellationToken cancellationToken)
    {
        lock (_values)
        {
            if (_values.ContainsKey(name))
                return Task.CompletedTask;
            if (!_waiting.TryGetValue(name, out var source))
                _waiting.Add(name, source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return source.Task.WaitAsync(cancellationToken);
        }
    }

    public void Read() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = string.Join(' ', [instrument.Name, .. tags.ToArray().Select(t => t.Value)]);
        lock (_values)
        {
            _values[name] = value + (instrument.IsObservable ? 0 : _values.GetValueOrDefault(name));
            if (_waiting.TryGetValue(name, out var source))
                source.TrySetResult();
        }
    }
}
