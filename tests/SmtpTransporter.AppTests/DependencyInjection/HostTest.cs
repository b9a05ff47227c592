using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.DependencyInjection;

/// <summary>The base of tests that run a host.</summary>
public abstract class HostTest
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected static Email NewEmail() =>
        new() { From = "me@example.com", To = "ann@example.org", Subject = "Hello", TextBody = "Hello Ann" };

    /// <summary>Builds a host that has only these settings.</summary>
    protected static IHost Host(Action<IServiceCollection> services, params (string Key, string? Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value)));
        services(builder.Services);
        return builder.Build();
    }

    /// <summary>The settings for a server without TLS.</summary>
    protected static (string Key, string? Value)[] SettingsOf(SmtpTestServer server, string section = "Smtp") =>
        [($"{section}:Host", "localhost"), ($"{section}:Port", $"{server.Port}"), ($"{section}:AcceptUnsecureConnection", "true")];

    protected sealed class LogBook : ILoggerProvider, ILogger
    {
        public List<(LogLevel Level, string Text)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Entries)
                Entries.Add((logLevel, formatter(state, exception)));
        }

        public void Dispose()
        {
        }
    }
}
