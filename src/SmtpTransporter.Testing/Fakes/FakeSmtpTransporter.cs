using System.Runtime.CompilerServices;
using MimeKit;

// The overloads differ in their first argument, which is mandatory: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport.Testing;

/// <summary>
/// An <see cref="ISmtpTransporter"/> for tests: keeps every mail, and gives the results that the test asks for; without such, what a server that
/// takes everything would give. What is wrong with a mail is the same result as in earnest. No network. Safe for concurrent callers.
/// </summary>
/// <example>
/// <code>
/// var transporter = new FakeSmtpTransporter();
/// transporter.On(m => m.To.Contains("bob@example.org")).Return(SendResult.Create(Outcome.Refused, 550, "5.1.1 No such user"));
/// await new Welcome(transporter).RegisterAsync("ann@example.org");
/// transporter.Sent.ShouldContainOne(m => m.To.Contains("ann@example.org") &amp;&amp; m.Mail.Subject == "Welcome");
/// </code>
/// </example>
public sealed class FakeSmtpTransporter : ISmtpTransporter, IStoredMessageSender
{
    private readonly object _gate = new();
    private readonly List<FakeRule> _rules = [];
    private readonly SmtpTransporter _inner = new(new ServerOptions { Host = "fake.example", MaxConnections = 1000 }, () => new TakesAllClient());
    private bool _disposed;

    /// <summary>The mails that were handed over, whatever their result, in order.</summary>
    public SentEmails Sent { get; } = new();

    /// <summary>What a check gives. Default: success.</summary>
    public ConnectionStatus Status { get; set; } = ConnectionStatus.Create(250, "2.0.0 Ok");

    /// <summary>Begins a rule for the mails that fit. The last rule that fits a mail counts.</summary>
    /// <param name="email">Which mails; null (default) for all.</param>
    public FakeRule On(Func<SentEmail, bool>? email = null)
    {
        var rule = new FakeRule(email ?? (_ => true));
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
        return Keep(() => _inner.Send(message, cancellationToken), Read(message), cancellationToken);
    }

    /// <inheritdoc/>
    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Keep(() => _inner.Send(message, cancellationToken), Read(message), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var result = await _inner.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return Keep(() => result, Read(message), CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default) => Async(() => Send(email, cancellationToken));

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default) => Async(() => Send(message, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        var many = new Many(progress);
        foreach (var email in emails)
            yield return many.Next(await SendAsync(email, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        var many = new Many(progress);
        await foreach (var email in emails.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return many.Next(await SendAsync(email, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return Status;
    }

    /// <inheritdoc/>
    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) => Async(() => CheckConnection(cancellationToken));

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
        // A mail that is at fault never gets as far as a server.
        if (result.Success)
        {
            lock (_gate)
            {
                if (_rules.FindLast(r => r.Fits(sent))?.Take(sent) is { } scripted)
                    sent = new SentEmail(email, scripted);
            }
        }
        Sent.Add(sent);
        return sent.Result;
    }

    private static async Task<T> Async<T>(Func<T> call)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        return call();
    }

    private static Email Read(MimeMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
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

    private sealed class Many(IProgress<SendProgress>? progress)
    {
        private long _sent;
        private long _failed;

        public SendManyResult Next(SendResult result)
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

    /// <summary>A server that takes everything.</summary>
    private sealed class TakesAllClient : MailKit.Net.Smtp.SmtpClient
    {
        private bool _connected;

        public override bool IsConnected => _connected;

        public override bool IsSecure => false;

        public override int Timeout { get; set; }

        public override void Connect(string host, int port, MailKit.Security.SecureSocketOptions options, CancellationToken cancellationToken = default) => _connected = true;

        public override Task ConnectAsync(string host, int port, MailKit.Security.SecureSocketOptions options, CancellationToken cancellationToken = default)
        {
            _connected = true;
            return Task.CompletedTask;
        }

        public override Task<string> SendAsync(
            FormatOptions options, MimeMessage message, MailboxAddress sender, IEnumerable<MailboxAddress> recipients,
            CancellationToken cancellationToken = default, MailKit.ITransferProgress? progress = null) =>
            Task.FromResult(Send(options, message, sender, recipients, cancellationToken, progress));

        public override Task DisconnectAsync(bool quit, CancellationToken cancellationToken = default)
        {
            _connected = false;
            return Task.CompletedTask;
        }

        public override string Send(
            FormatOptions options, MimeMessage message, MailboxAddress sender, IEnumerable<MailboxAddress> recipients,
            CancellationToken cancellationToken = default, MailKit.ITransferProgress? progress = null) => "2.0.0 Ok: queued as FAKE";

        public override void Disconnect(bool quit, CancellationToken cancellationToken = default) => _connected = false;
    }
}
