using System.Runtime.CompilerServices;
using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport.Testing;

/// <summary>An <see cref="ISmtpTransporter"/> for tests: it keeps every email, and returns the results that the test wants.</summary>
/// <remarks>
/// <para>Without a rule, the result is that of a server that accepts every message. It validates emails exactly as the real transporter
/// does: an invalid email has the same result, whatever the rules are. It uses no network.</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
/// <example>
/// <code>
/// var transporter = new FakeSmtpTransporter();
/// transporter.On(m => m.To.Contains("bob@example.org")).Return(SendResult.Create(Outcome.Refused, 550, "5.1.1 No such user"));
/// await new Welcome(transporter).RegisterAsync("ann@example.org");
/// transporter.Sent.ShouldContainSingle(m => m.To.Contains("ann@example.org") &amp;&amp; m.Email.Subject == "Welcome");
/// </code>
/// </example>
public sealed class FakeSmtpTransporter : ISmtpTransporter, IStoredMessageSender
{
    private readonly object _gate = new();
    private readonly List<FakeRule> _rules = [];
    private readonly SmtpTransporter _inner =
        new(new ServerOptions { Host = "fake.example", MaxConnections = 1000 }, () => new AcceptAllClient());

    private bool _disposed;

    /// <summary>The emails that were passed to the transporter, in order, whatever their result.</summary>
    public SentEmails Sent { get; } = new();

    /// <summary>The result of a check of the connection. Default: success, with reply 250.</summary>
    public ConnectionStatus Status { get; set; } = ConnectionStatus.Create(250, "2.0.0 Ok");

    /// <summary>Adds a rule for the emails that match. If several rules match an email, the last one is used.</summary>
    /// <param name="predicate">The condition; null (default) for every email.</param>
    /// <returns>The rule, for its result.</returns>
    public FakeRule On(Func<SentEmail, bool>? predicate = null)
    {
        var rule = new FakeRule(predicate ?? (_ => true));
        lock (_gate)
            _rules.Add(rule);
        return rule;
    }

    /// <inheritdoc/>
    public SendResult Send(Email email, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        return Keep(() => _inner.Send(email, cancellationToken), email, cancellationToken);
    }

    /// <inheritdoc/>
    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var email = Read(message);
        return Keep(() => WithEnvelope(_inner.Send(message, cancellationToken), email), email, cancellationToken);
    }

    /// <inheritdoc/>
    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var email = Read(message);
        return Keep(() => WithEnvelope(_inner.Send(message, cancellationToken), email), email, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var result = await _inner.SendAsync(message, cancellationToken).ConfigureAwait(false);
        var email = Read(message);
        return Keep(() => WithEnvelope(result, email), email, CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default) =>
        RunAsync(() => Send(email, cancellationToken));

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default) =>
        RunAsync(() => Send(message, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails,
        IProgress<SendProgress>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        var bulk = new BulkProgress(progress);
        foreach (var email in emails)
            yield return bulk.Count(await SendAsync(email, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails,
        IProgress<SendProgress>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        var bulk = new BulkProgress(progress);
        await foreach (var email in emails.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return bulk.Count(await SendAsync(email, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return Status;
    }

    /// <inheritdoc/>
    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) =>
        RunAsync(() => CheckConnection(cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _inner.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private SendResult Keep(Func<SendResult> send, Email email, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        var result = send();
        var sent = new SentEmail(email, result);
        // An invalid email never reaches a server, so no rule applies to it.
        if (result.Success)
        {
            lock (_gate)
            {
                if (_rules.FindLast(r => r.Matches(sent))?.Take(sent) is { } scripted)
                    sent = new SentEmail(email, scripted);
            }
        }
        Sent.Add(sent);
        return sent.Result;
    }

    private static async Task<T> RunAsync<T>(Func<T> call)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        return call();
    }

    private static SendResult WithEnvelope(SendResult result, Email email)
    {
        email.Envelope = result.Envelope;
        return result;
    }

    private static Email Read(MimeMessage message)
    {
        using var stream = new MemoryStream();
        var hasVersion = message.Headers.Contains(HeaderId.MimeVersion);
        message.WriteTo(stream);
        // MimeKit adds it, but the message is the caller's.
        if (!hasVersion)
            message.Headers.Remove(HeaderId.MimeVersion);
        var email = Email.FromMime(stream.ToArray());
        email.Bcc = new EmailAddresses(message.Bcc.Mailboxes.Select(m => new EmailAddress(m.Address, m.Name)));
        return email;
    }

    private static Email Read(StoredMessage stored)
    {
        var email = Email.FromMime(stored.Message.ToArray());
        var shown = email.To.Concat(email.Cc).Select(a => a.Email).ToHashSet(StringComparer.OrdinalIgnoreCase);
        email.Bcc = new EmailAddresses(stored.Recipients.Where(r => !shown.Contains(r)).Select(r => new EmailAddress(r)));
        return email;
    }

    private sealed class BulkProgress(IProgress<SendProgress>? progress)
    {
        private long _sent;
        private long _failed;

        public SendManyResult Count(SendResult result)
        {
            var index = _sent + _failed;
            if (result.Success)
                _sent++;
            else
                _failed++;
            progress?.Report(new SendProgress { Sent = _sent, Failed = _failed });
            return new SendManyResult(index, result);
        }
    }
}
