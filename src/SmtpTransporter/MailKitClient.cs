using System.Net.Security;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The default client: MailKit's, over a socket of ours, which goes on where a recipient is refused and keeps every reply. What it knows
/// beyond <see cref="ISmtpClient"/> is in its <see cref="Recorder"/> and its <see cref="Transaction"/>.
/// </summary>
internal sealed class MailKitClient(Connector connector, SessionRecorder recorder) : SmtpClient(recorder)
{
    private Deadline? _deadline;
    private WireStream? _wire;

    public SessionRecorder Recorder => recorder;

    public Transaction? Transaction { get; set; }

    /// <summary>The mail that is being sent.</summary>
    public OutgoingMail? Outgoing { get; set; }

    /// <summary>Whether nothing has come from the server but the answers to what it was asked.</summary>
    public bool IsQuiet => recorder.IsInStep && (_wire?.IsQuiet ?? false);

    /// <summary>From here on, everything ends with this deadline.</summary>
    public void Begin(Deadline deadline)
    {
        _deadline = deadline;
        _wire?.Begin(deadline);
    }

    public void End()
    {
        _deadline = null;
        _wire?.End();
    }

    public override void Connect(string host, int port = 0, SecureSocketOptions options = SecureSocketOptions.Auto, CancellationToken cancellationToken = default)
    {
        var socket = connector.ConnectAsync(async: false, host, port, _deadline!, recorder).Completed();
        Take(new WireStream(socket), options);
        // The token is kept out: MailKit asks it only between calls, and the wire ends with the deadline in any case.
        Connect(_wire!, host, port, options, CancellationToken.None);
    }

    public override async Task ConnectAsync(string host, int port = 0, SecureSocketOptions options = SecureSocketOptions.Auto, CancellationToken cancellationToken = default)
    {
        var socket = await connector.ConnectAsync(async: true, host, port, _deadline!, recorder).ConfigureAwait(false);
        Take(new WireStream(socket), options);
        await ConnectAsync(_wire!, host, port, options, cancellationToken).ConfigureAwait(false);
    }

    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        recorder.Enter(DialogueStep.TlsHandshake);
        if (!recorder.IsInStep)
        {
            throw new ConnectionException(
                SmtpErrorCodes.ProtocolError, "tls", "The server's plain text goes on behind its reply to STARTTLS: it may have been injected, and nothing of it is used.");
        }
        return base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
    }

    protected override string? GetEnvelopeId(MimeMessage message) => Outgoing?.EnvelopeId;

    protected override MailKit.DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) =>
        Outgoing?.Notify switch
        {
            null or DeliveryNotifications.Unspecified => null,
            DeliveryNotifications.Never => MailKit.DeliveryStatusNotification.Never,
            var asked => (asked.Value.HasFlag(DeliveryNotifications.Success) ? MailKit.DeliveryStatusNotification.Success : 0)
                | (asked.Value.HasFlag(DeliveryNotifications.Failure) ? MailKit.DeliveryStatusNotification.Failure : 0)
                | (asked.Value.HasFlag(DeliveryNotifications.Delay) ? MailKit.DeliveryStatusNotification.Delay : 0),
        };

    // BINARYMIME is never used: a part that is binary is encoded instead, and DATA carries it to any server.
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
        if (constraint == EncodingConstraint.SevenBit)
            MimeBody.MakeSevenBit(message);
        base.Prepare(options, message, constraint == EncodingConstraint.None ? EncodingConstraint.EightBit : constraint, maxLineLength);
    }

    // Serialising twice to declare a size is worth it only where there is a limit to hold it against.
    protected override long GetSize(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        MaxSize == 0 ? -1 : WithinLimit(base.GetSize(options, message, cancellationToken));

    protected override async Task<long> GetSizeAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        MaxSize == 0 ? -1 : WithinLimit(await base.GetSizeAsync(options, message, cancellationToken).ConfigureAwait(false));

    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
    {
        if (Transaction is not null)
            Transaction.MailAnswered = true;
    }

    protected override void OnSenderNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
    {
        if (Transaction is not null)
        {
            Transaction.MailAnswered = true;
            // Even where it makes no sense: the replies to RCPT after it mean nothing.
            Transaction.SenderRefusal = Reply.Of(response);
        }
        _ = Sensible(response);
        base.OnSenderNotAccepted(message, mailbox, response);
    }

    protected override void OnRecipientAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
    {
        if ((int)response.StatusCode is < 250 or > 259)
            throw new SmtpProtocolException($"The server answered RCPT with {(int)response.StatusCode}.");
        Transaction?.Answer(mailbox.Address, Reply.Of(response));
    }

    // Does not throw: the others shall have their mail.
    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        Transaction?.Answer(mailbox.Address, Sensible(response));

    private long WithinLimit(long size) => size <= MaxSize
        ? size
        : throw new MailContentException(
            SmtpErrorCodes.MessageTooLarge, $"The message has {size} octets; the server takes at most {MaxSize} (SIZE, RFC 1870).");

    private static Reply Sensible(SmtpResponse response)
    {
        var reply = Reply.Of(response);
        return reply.IsTransient || reply.IsPermanent
            ? reply
            : throw new SmtpProtocolException($"The server answered with {reply.Code}, which means nothing there.");
    }

    private void Take(WireStream wire, SecureSocketOptions options)
    {
        _wire = wire;
        wire.Begin(_deadline!);
        if (options != SecureSocketOptions.SslOnConnect)
            recorder.Enter(DialogueStep.Greeting);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _wire?.Dispose();
        base.Dispose(disposing);
    }
}
