using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Runtime.ExceptionServices;
using System.Text;

namespace SmtpTransport.Tests;

/// <summary>
/// Hears all that the process says in passing while this lives: console, traces, activities, meters, diagnostics, events, tasks whose
/// exceptions nobody looked at; and apart from it, what was thrown. Other tests are heard too.
/// </summary>
internal sealed class Outlets : IDisposable
{
    private readonly ConcurrentQueue<string> _said = new();
    private readonly ConcurrentQueue<string> _thrown = new();
    private readonly List<IDisposable> _subscriptions = [];
    private readonly QueueListener _trace;

    // An application that wants MailKit's meters switches them on.
    static Outlets() => MailKit.Telemetry.Configure();

    public Outlets()
    {
        ConsoleTee.Heard += Hear;
        _trace = new QueueListener(Hear);
        Trace.Listeners.Add(_trace);
        var activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Hear,
        };
        ActivitySource.AddActivityListener(activities);
        var meters = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Hear(instrument, tags));
        meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Hear(instrument, tags));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear(instrument, tags));
        meters.Start();
        var diagnostics = new Observer<KeyValuePair<string, object?>>(e => Hear($"{e.Key} {e.Value}"));
        var listeners = DiagnosticListener.AllListeners.Subscribe(
            new Observer<DiagnosticListener>(l => _subscriptions.Add(l.Subscribe(diagnostics))));
        _subscriptions.AddRange([activities, meters, listeners, new Events(Hear)]);
        TaskScheduler.UnobservedTaskException += Unobserved;
        AppDomain.CurrentDomain.FirstChanceException += Thrown;
    }

    public string Said() => string.Join('\n', _said);

    /// <summary>The messages of all exceptions, caught or not: what a debugger or a profiler shows.</summary>
    public string Thrown() => string.Join('\n', _thrown);

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Thrown;
        TaskScheduler.UnobservedTaskException -= Unobserved;
        ConsoleTee.Heard -= Hear;
        Trace.Listeners.Remove(_trace);
        _subscriptions.ForEach(s => s.Dispose());
    }

    private void Hear(string text) => _said.Enqueue(text);

    private void Hear(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder(instrument.Name);
        foreach (var (key, value) in tags)
            text.Append(' ').Append(key).Append('=').Append(value);
        Hear(text.ToString());
    }

    private void Hear(Activity activity)
    {
        var tags = activity.TagObjects.Concat(activity.Events.SelectMany(e => e.Tags)).Concat(
            activity.Baggage.Select(b => new KeyValuePair<string, object?>(b.Key, b.Value)));
        var events = string.Join(' ', activity.Events.Select(e => e.Name));
        Hear($"{activity.DisplayName} {activity.StatusDescription} {events} {string.Join(' ', tags)}");
    }

    private void Unobserved(object? sender, UnobservedTaskExceptionEventArgs e) => Hear(e.Exception.ToString());

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
    /// Not those of the runtime, which tell of every collection and of every exception (heard apart); nor its private ones, which write
    /// down
    /// what goes through sockets.
    /// </summary>
    private sealed class Events(Action<string> hear) : EventListener
    {
        // The base constructor calls back before there is anything to call.
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

    /// <summary>The console is put in its place once, for good: tests run side by side, and none may take it from another.</summary>
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

        public static event Action<string>? Heard;

        public override Encoding Encoding => _original.Encoding;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void WriteLine(string? value) => Write(value + NewLine);

        public override void Write(string? value)
        {
            _original.Write(value);
            Heard?.Invoke(value ?? "");
        }
    }
}
