using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace SmtpTransport.Testing;

/// <summary>A client without a network, whose server accepts every message. Used by one task at a time.</summary>
internal sealed class AcceptAllClient : SmtpClient
{
    private bool _connected;

    public override bool IsConnected => _connected;

    public override bool IsSecure => false;

    public override int Timeout { get; set; }

    public override void Connect(string host, int port, SecureSocketOptions options, CancellationToken cancellationToken = default) =>
        _connected = true;

    public override Task ConnectAsync(string host, int port, SecureSocketOptions options, CancellationToken cancellationToken = default)
    {
        _connected = true;
        return Task.CompletedTask;
    }

    public override string Send(
        FormatOptions options, MimeMessage message, MailboxAddress sender, IEnumerable<MailboxAddress> recipients,
        CancellationToken cancellationToken = default, ITransferProgress? progress = null) => "2.0.0 Ok: queued as FAKE";

    public override Task<string> SendAsync(
        FormatOptions options, MimeMessage message, MailboxAddress sender, IEnumerable<MailboxAddress> recipients,
        CancellationToken cancellationToken = default, ITransferProgress? progress = null) =>
        Task.FromResult(Send(options, message, sender, recipients, cancellationToken, progress));

    public override void Disconnect(bool quit, CancellationToken cancellationToken = default) => _connected = false;

    public override Task DisconnectAsync(bool quit, CancellationToken cancellationToken = default)
    {
        _connected = false;
        return Task.CompletedTask;
    }
}
