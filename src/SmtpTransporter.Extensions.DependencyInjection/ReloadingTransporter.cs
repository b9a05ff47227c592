using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>
/// A transporter whose options may change: later calls use one with the new options, and the old one is closed when its last call has ended. Safe
/// for concurrent callers.
/// </summary>
internal sealed partial class ReloadingTransporter : ISmtpTransporter, IStoredMessageSender
{
    private readonly object _gate = new();
    private readonly OptionsSource _source;
    private readonly ILogger? _logger;
    private readonly IDisposable? _changes;
    private Lease _current;
    private bool _disposed;

    /// <exception cref="InvalidOperationException">The options are wrong; the message names the key.</exception>
    public ReloadingTransporter(OptionsSource source, ILogger? logger)
    {
        _source = source;
        _logger = logger;
        _current = Make(source.Read());
        _changes = source.OnChange(Reload);
    }

    public SendResult Send(Email email, CancellationToken cancellationToken = default)
    {
        using var lease = Enter();
        return lease.Transporter.Send(email, cancellationToken);
    }

    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default)
    {
        using var lease = Enter();
        return lease.Transporter.Send(message, cancellationToken);
    }

    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default)
    {
        using var lease = Enter();
        return lease.Transporter.Send(message, cancellationToken);
    }

    public async Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
            return await lease.Transporter.SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    public async Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
            return await lease.Transporter.SendAsync(email, cancellationToken).ConfigureAwait(false);
    }

    public async Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
            return await lease.Transporter.SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    public IAsyncEnumerable<SendManyResult> SendManyAsync(IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return ManyAsync(t => t.SendManyAsync(emails, progress, cancellationToken), cancellationToken);
    }

    public IAsyncEnumerable<SendManyResult> SendManyAsync(IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        return ManyAsync(t => t.SendManyAsync(emails, progress, cancellationToken), cancellationToken);
    }

    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default)
    {
        using var lease = Enter();
        return lease.Transporter.CheckConnection(cancellationToken);
    }

    public async Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
            return await lease.Transporter.CheckConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (Close() is { } last)
            last.Transporter.Dispose();
    }

    public ValueTask DisposeAsync() => Close() is { } last ? last.Transporter.DisposeAsync() : ValueTask.CompletedTask;

    private async IAsyncEnumerable<SendManyResult> ManyAsync(
        Func<SmtpTransporter, IAsyncEnumerable<SendManyResult>> send, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lease = Enter();
        await using (lease.ConfigureAwait(false))
        {
            await foreach (var item in send(lease.Transporter).WithCancellation(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
    }

    private void Reload()
    {
        Lease? old = null;
        try
        {
            var options = _source.Read();
            lock (_gate)
            {
                // A configuration tells of every change, whosever it was.
                if (_disposed || Same(_current.Options, options))
                    return;
                old = _current;
                _current = Make(options);
            }
            if (_logger is not null)
                Changed(_logger, options.ToString());
        }
#pragma warning disable CA1031 // Whatever is wrong with the new settings, mails go on by the old ones.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_logger is not null)
                NotChanged(_logger, exception.Message);
        }
        // The configuration's thread does not wait for a QUIT.
        if (old is not null)
            _ = old.DisposeAsync().AsTask();
    }

    private static Lease Make(ServerOptions options)
    {
        try
        {
            return new Lease(options, new SmtpTransporter(options));
        }
        catch (ArgumentException exception)
        {
            throw new InvalidOperationException($"The options of the mail server are wrong: {exception.Message}", exception);
        }
    }

    /// <summary>Records compare their lists by reference: those are compared here by what is in them.</summary>
    private static bool Same(ServerOptions a, ServerOptions b) =>
        a.AllowedRecipients.SequenceEqual(b.AllowedRecipients) && a.PinnedFingerprints.SequenceEqual(b.PinnedFingerprints)
        && a.TrustedCertificates.Select(c => c.Thumbprint).SequenceEqual(b.TrustedCertificates.Select(c => c.Thumbprint))
        && a.ClientCertificates.SequenceEqual(b.ClientCertificates)
        && a.Certificate?.ToString() == b.Certificate?.ToString() && a.AccessTokenProvider?.ToString() == b.AccessTokenProvider?.ToString()
        && (a.Dkim is null ? b.Dkim is null : b.Dkim is not null && a.Dkim with { Headers = b.Dkim.Headers } == b.Dkim && a.Dkim.Headers.SequenceEqual(b.Dkim.Headers))
        && b with
        {
            AllowedRecipients = a.AllowedRecipients,
            PinnedFingerprints = a.PinnedFingerprints,
            TrustedCertificates = a.TrustedCertificates,
            ClientCertificates = a.ClientCertificates,
            Certificate = a.Certificate,
            AccessTokenProvider = a.AccessTokenProvider,
            Dkim = a.Dkim,
            Logger = a.Logger,
        } == a;

    private Lease Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _current.Enter();
        }
    }

    private Lease? Close()
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

    [LoggerMessage(101, LogLevel.Information, "The settings of the mail server have changed: {Options}")]
    private static partial void Changed(ILogger logger, string options);

    [LoggerMessage(102, LogLevel.Error, "The new settings of the mail server are not used: {Reason}")]
    private static partial void NotChanged(ILogger logger, string reason);

    /// <summary>A transporter that is closed by the last who leaves it. It is made with one hold on it: that of being the current one.</summary>
    private sealed class Lease(ServerOptions options, SmtpTransporter transporter) : IDisposable, IAsyncDisposable
    {
        private int _holds = 1;

        public ServerOptions Options => options;

        public SmtpTransporter Transporter => transporter;

        public Lease Enter()
        {
            Interlocked.Increment(ref _holds);
            return this;
        }

        public void Dispose()
        {
            if (Interlocked.Decrement(ref _holds) == 0)
                transporter.Dispose();
        }

        public ValueTask DisposeAsync() => Interlocked.Decrement(ref _holds) == 0 ? transporter.DisposeAsync() : ValueTask.CompletedTask;
    }
}
