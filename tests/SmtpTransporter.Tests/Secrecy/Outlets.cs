using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Runtime.ExceptionServices;
using System.Text;

namespace SmtpTransport.Tests;

/// <summary>
/// Records everything that the process writes while this instance exists: console, traces, activities, meters, diagnostics, events and
/// unobserved task exceptions; and separately, all exceptions that are thrown. It also records the output of other tests.
/// </summary>
internal sealed class Outlets : IDisposable
{
    private readonly ConcurrentQueue<string> _written = new();
    private readonly ConcurrentQueue<string> _thrown = new();
    private readonly List<IDisposable> _subscriptions = [];
    private readonly QueueListener _trace;

    // An application that wants the meters of MailKit enables them.
    static Outlets() => MailKit.Telemetry.Configure();

    public Outlets()
    {
        ConsoleTee.Wrote += Record;
        _trace = new QueueListener(Record);
        Trace.Listeners.Add(_trace);
        var activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Record,
        };
        ActivitySource.AddActivityListener(activities);
        var meters = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Record(instrument, tags));
        meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Record(instrument, tags));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Record(instrument, tags));
        meters.Start();
        var diagnostics = new Observer<KeyValuePair<string, object?>>(e => Record($"{e.Key} {e.Value}"));
        var listeners = DiagnosticListener.AllListeners.Subscribe(
            new Observer<DiagnosticListener>(l => _subscriptions.Add(l.Subscribe(diagnostics))));
        _subscriptions.AddRange([activities, meters, listeners, new Events(Record)]);
        TaskScheduler.UnobservedTaskException += Unobserved;
        AppDomain.CurrentDomain.FirstChanceException += Thrown;
    }

    public string Written() => string.Join('\n', _written);

    /// <summary>The messages of all exceptions, caught or not: what a debugger or a profiler shows.</summary>
    public string Thrown() => string.Join('\n', _thrown);

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Thrown;
        TaskScheduler.UnobservedTaskException -= Unobserved;
        ConsoleTee.Wrote -= Record;
        Trace.Listeners.Remove(_trace);
        _subscriptions.ForEach(s => s.Dispose());
    }

    private void Record(string text) => _written.Enqueue(text);

    private void Record(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder(instrument.Name);
        foreach (var (key, value) in tags)
            text.Append(' ').Append(key).Append('=').Append(value);
        Record(text.ToString());
    }

    private void Record(Activity activity)
    {
        var tags = activity.TagObjects.Concat(activity.Events.SelectMany(e => e.Tags)).Concat(
            activity.Baggage.Select(b => new KeyValuePair<string, object?>(b.Key, b.Value)));
        var events = string.Join(' ', activity.Events.Select(e => e.Name));
        Record($"{activity.DisplayName} {activity.StatusDescription} {events} {string.Join(' ', tags)}");
    }

    private void Unobserved(object? sender, UnobservedTaskExceptionEventArgs e) => Record(e.Exception.ToString());

    private void Thrown(object? sender, FirstChanceExceptionEventArgs e)
    {
        for (var exception = e.Exception; exception is not null; exception = exception.InnerException)
            _thrown.Enqueue(exception.Message);
    }

    private sealed class QueueListener(Action<string> hear) : TraceListener
    {
        public override void Write(string? message) => hear(message ?? "");

        public override void WriteLine(string? message) => hear(message ?? "");
    }

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => next(value);
    }

    /// <summary>
    /// Excludes the events of the runtime, which report every collection and every exception (recorded separately), and its private
    /// events, which record what sockets transmit.
    /// </summary>
    private sealed class Events(Action<string> hear) : EventListener
    {
        // The base constructor calls back before this instance is initialized.
        private readonly Action<string>? _hear = hear;

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (!source.Name.StartsWith("Private.", StringComparison.Ordinal) && source.Name is not (
                "Microsoft-Windows-DotNETRuntime" or "System.Threading.Tasks.TplEventSource" or "System.Buffers.ArrayPoolEventSource"))
                EnableEvents(source, EventLevel.Verbose, EventKeywords.All);
        }

        protected override void OnEventWritten(EventWrittenEventArgs e) =>
            _hear?.Invoke($"{e.EventName} {e.Message} {(e.Payload is null ? "" : string.Join(' ', e.Payload))}");
    }

    /// <summary>Replaces the console once and permanently: tests run in parallel, and none may take the console from another.</summary>
    private sealed class ConsoleTee : TextWriter
    {
        private static readonly ConsoleTee Out = new(Console.Out);
        private static readonly ConsoleTee Error = new(Console.Error);

        private readonly TextWriter _original;

        static ConsoleTee()
        {
            Console.SetOut(Out);
            Console.SetError(Error);
        }

        private ConsoleTee(TextWriter original) => _original = original;

        public static event Action<string>? Wrote;

        public override Encoding Encoding => _original.Encoding;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void WriteLine(string? value) => Write(value + NewLine);

        public override void Write(string? value)
        {
            _original.Write(value);
            Wrote?.Invoke(value ?? "");
        }
    }
}
