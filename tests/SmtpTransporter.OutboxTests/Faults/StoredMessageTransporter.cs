using MimeKit;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>A transporter that an outbox uses, and nobody else.</summary>
internal abstract class StoredMessageTransporter : ISmtpTransporter, IStoredMessageSender
{
    public abstract Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default);

    public SendResult Send(StoredMessage message, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public SendResult Send(Email email, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public SendResult Send(MimeMessage message, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<SendResult> SendAsync(Email email, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<SendManyResult> SendManyAsync(
        IEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<SendManyResult> SendManyAsync(
        IAsyncEnumerable<Email> emails, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<ConnectionStatus> CheckConnectionAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
