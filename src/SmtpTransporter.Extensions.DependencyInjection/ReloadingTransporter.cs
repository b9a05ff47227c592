using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>
/// A transporter whose options may change: later calls use a transporter with the new options, and the old one is disposed when its last
/// call has ended. The application shares it, so that disposing it has no effect: its owner ends it. Safe for concurrent callers.
/// </summary>
internal sealed partial class ReloadingTransporter : ISmtpTransporter, IStoredMessageSender
{
    private readonly object _gate = new();
    private readonly OptionsSource _source;
    private readonly ILogger? _logger;
    private readonly IDisposable? _changes;
    private TransporterLease _current;
    private bool _disposed;

    /// <exception cref="InvalidOperationException">The options are not valid; the message names the key.</exception>
    public ReloadingTransporter(OptionsSource source, ILogger? logger)
    {
        _source = source;
        _logger = logger;
        _current = Create(source.Read());
        _changes = source.OnChange(Reload);
    }

    /// <summary>Creates a transporter whose options do not change.</summary>
    /// <exception cref="ArgumentException">The options are not valid; the message names the property.</exception>
    public ReloadingTransporter(ServerOptions options)
    {
        _source = new OptionsSource(() => options, null);
        _current = new TransporterLease(options, new SmtpTransporter(options));
    }

    public SendResult Send(Email email, CancellationToken cancellationToken = default) => Use(t => t.Send(email, cancellationToken));

    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default) =>
        Use(t => t.Send(message, cancellationToken));

    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default) =>
        Use(t => t.Send(message, cancellationToken));

    public Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default) =>
        UseAsync(t => t.SendAsync(email, cancellationToken));

    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default) =>
        UseAsync(t => t.SendAsync(message, cancellationToken));

    public Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default) =>
        UseAsync(t => t.SendAsync(message, cancellationToken));

    public IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return UseManyAsync(t => t.SendManyAsync(emails, progress, cancellationToken), cancellationToken);
    }

    public IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return UseManyAsync(t => t.SendManyAsync(emails, progress, cancellationToken), cancellationToken);
    }

    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) =>
        Use(t => t.CheckConnection(cancellationToken));

    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) =>
        UseAsync(t => t.CheckConnectionAsync(cancellationToken));

    public void Dispose()
    {
        // Others may use it.
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends the transporter: sends in progress are ended, and later calls throw.</summary>
    public void End()
    {
        if (Close() is { } last)
            last.Transporter.Dispose();
    }

    /// <inheritdoc cref="End"/>
    public ValueTask EndAsync() => Close() is { } last ? last.Transporter.DisposeAsync() : ValueTask.CompletedTask;

    private T Use<T>(Func<SmtpTransporter, T> operation)
    {
        using var lease = Enter();
        return operation(lease.Transporter);
    }

    private async Task<T> UseAsync<T>(Func<SmtpTransporter, Task<T>> operation)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
            return await operation(lease.Transporter).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<T> UseManyAsync<T>(
        Func<SmtpTransporter, IAsyncEnumerable<T>> operation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
        {
            await foreach (var item in operation(lease.Transporter).WithCancellation(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
    }

    private void Reload()
    {
        TransporterLease? old = null;
        try
        {
            var options = _source.Read();
            lock (_gate)
            {
                // A configuration reports every change, also those of other sections. A logger is created anew at each reading.
                if (_disposed || _current.Options == options with { Logger = _current.Options.Logger })
                    return;
                old = _current;
                _current = Create(options);
            }
            if (_logger is not null)
                OptionsChanged(_logger, options.ToString());
        }
#pragma warning disable CA1031 // Whatever is not valid about the new settings: emails are sent with the old ones.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_logger is not null)
                OptionsIgnored(_logger, exception.Message);
        }
        // The thread of the configuration must not wait for QUIT.
        if (old is not null)
            _ = old.DisposeAsync().AsTask();
    }

    private static TransporterLease Create(ServerOptions options)
    {
        try
        {
            return new TransporterLease(options, new SmtpTransporter(options));
        }
        catch (ArgumentException exception)
        {
            throw new InvalidOperationException($"The options of the SMTP server are not valid: {exception.Message}", exception);
        }
    }

    private TransporterLease Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _current.Enter();
        }
    }

    private TransporterLease? Close()
    {
        lock (_gate)
        {
            if (_disposed)
                return null;
            _disposed = true;
        }
        _changes?.Dispose();
        return _current;
    }

    [LoggerMessage(101, LogLevel.Information, "The options of the SMTP server have changed: {Options}")]
    private static partial void OptionsChanged(ILogger logger, string options);

    [LoggerMessage(102, LogLevel.Error, "The new settings of the SMTP server are ignored, and the old ones stay in use: {Reason}")]
    private static partial void OptionsIgnored(ILogger logger, string reason);
}
