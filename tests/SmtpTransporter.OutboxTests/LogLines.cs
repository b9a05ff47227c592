using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.OutboxTests;

/// <summary>Keeps the warnings and errors of the outbox. Thread-safe.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _warnings = new();

    public IReadOnlyCollection<string> Warnings => _warnings;

    public ILogger CreateLogger(string categoryName) =>
        new Logger(this, categoryName.StartsWith("SmtpTransport", StringComparison.Ordinal));

    public void Dispose()
    {
        // Nothing is open.
    }

    private sealed class Logger(LogLines lines, bool isOurs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isOurs && logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                lines._warnings.Enqueue(formatter(state, exception));
        }
    }
}
