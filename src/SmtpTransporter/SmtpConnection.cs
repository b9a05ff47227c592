using System.Net.Security;
using System.Security.Authentication;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// One connection: opens it, sends on it, says whether it can be used again. It drives any <see cref="ISmtpClient"/>, and knows more of the
/// default one. One caller at a time.
/// </summary>
internal sealed class SmtpConnection(ISmtpClient client, ServerOptions options, Secrets secrets, TimeProvider time)
{
    private static readonly FormatOptions Format = NewFormat(international: false);
    private static readonly FormatOptions FormatUtf8 = NewFormat(international: true);
    public static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(2);

    private readonly ServerCertificateCheck _certificate = new(options);
    private DialogueStep _step;
    private bool _reportsItsState;
    private bool _hidesSmtpUtf8;
    private bool _broken;

    public MailKitClient? Own { get; } = client as MailKitClient;

    public ISmtpClient Client => client;

    public ServerCertificateCheck Certificate => _certificate;

    public string? Mechanism { get; private set; }

    /// <summary>The version and the cipher of TLS; null where there is none.</summary>
    public (SslProtocols Protocol, TlsCipherSuite? Cipher)? Tls { get; private set; }

    /// <summary>True once it was opened. The server may have closed it since.</summary>
    public bool WasOpened { get; private set; }

    public DialogueStep Step => Own?.Recorder.Step ?? _step;

    /// <summary>Asked without a round trip: not broken, and nothing has come from the server while it was idle.</summary>
    public bool IsUsable => !_broken && (!_reportsItsState || client.IsConnected) && (Own?.IsQuiet ?? true);

    /// <summary>How a mail's headers are written: signatures must see them as the server will.</summary>
    public static FormatOptions FormatOf(OutgoingMail mail) => mail.NeedsSmtpUtf8 ? FormatUtf8 : Format;

    public async ValueTask OpenAsync(bool async, Deadline deadline)
    {
        Configure();
        _broken = true;
        _step = DialogueStep.Hello;
        try
        {
            using var bound = Bounded(deadline);
            var security = options.UsesImplicitTls ? SecureSocketOptions.SslOnConnect
                : options.AcceptUnsecureConnection ? SecureSocketOptions.StartTlsWhenAvailable
                : SecureSocketOptions.StartTls;
            if (async)
                await client.ConnectAsync(options.Host, options.Port, security, deadline.Token).ConfigureAwait(false);
            else
                client.Connect(options.Host, options.Port, security, deadline.Token);
            _reportsItsState = client.IsConnected;
            if (options.User is not null)
                await LogInAsync(async, deadline).ConfigureAwait(false);
            if (!options.Pipelining && client is SmtpClient known)
                known.Capabilities &= ~SmtpCapabilities.Pipelining;
        }
        finally
        {
            // Kept: a check tells of them after a failed login too, when the connection is gone.
            if (client is { IsConnected: true, IsSecure: true })
                Tls = (client.SslProtocol, client.SslCipherSuite);
            Own?.Recorder.Settle();
        }
        WasOpened = true;
        _broken = false;
    }

    public async ValueTask<string> SendAsync(bool async, OutgoingMail mail, IReadOnlyList<string> recipients, Transaction transaction, Deadline deadline)
    {
        if (mail.NeedsSmtpUtf8 && _hidesSmtpUtf8)
        {
            _broken = true;
            throw new ServiceNotConnectedException("SMTPUTF8 was switched off on this connection; it takes a new one.");
        }
        if (mail.NeedsSmtpUtf8 && !client.Capabilities.HasFlag(SmtpCapabilities.UTF8))
        {
            throw new MailContentException(
                SmtpErrorCodes.SmtpUtf8Required, "An address is not ASCII before its \"@\", and the server does not offer SMTPUTF8 (RFC 6531).");
        }
        if (mail.NeedsDsn && (Own is null || !client.Capabilities.HasFlag(SmtpCapabilities.Dsn)))
            throw new MailContentException(SmtpErrorCodes.DsnRequired, "Notify: the server does not offer delivery status notifications (DSN, RFC 3461).");
        HideSmtpUtf8(mail.Envelope);
        _broken = true;
        _step = DialogueStep.Mail;
        Own?.Recorder.Enter(DialogueStep.Ready);
        var format = FormatOf(mail);
        var sender = mail.Envelope.SenderMailbox;
        var mailboxes = Envelope.Mailboxes(recipients);
        // A client that is not ours shows by its progress alone whether the message is out.
        var progress = Own is null ? new LastByte(transaction) : null;
        if (Own is not null)
            (Own.Transaction, Own.Outgoing) = (transaction, mail);
        try
        {
            using (Bounded(deadline))
            {
                var reply = async
                    ? await client.SendAsync(format, mail.Message, sender, mailboxes, deadline.Token, progress).ConfigureAwait(false)
                    : client.Send(format, mail.Message, sender, mailboxes, deadline.Token, progress);
                _broken = false;
                return reply ?? "";
            }
        }
        catch (Exception exception)
        {
            transaction.MessageSent |= Own?.Recorder.MessageSent ?? false;
            // No hook tells of a 530 to MAIL, and with PIPELINING the replies to RCPT after it mean nothing.
            if (exception is ServiceNotAuthenticatedException demanded && !transaction.MailAnswered)
                transaction.SenderRefusal = new Reply(530, demanded.Message);
            // After a refusal MailKit has said RSET, and the connection lives; after anything else its state is not known.
            var reply = exception is SmtpCommandException command ? (int)command.StatusCode : exception is ServiceNotAuthenticatedException ? 530 : 0;
            _broken = reply is < 400 or >= 600 or 421;
            throw;
        }
        finally
        {
            if (Own is not null)
                (Own.Transaction, Own.Outgoing) = (null, null);
        }
    }

    public async ValueTask NoOpAsync(bool async, Deadline deadline)
    {
        _broken = true;
        _step = DialogueStep.NoOp;
        using (Bounded(deadline))
        {
            if (async)
                await client.NoOpAsync(deadline.Token).ConfigureAwait(false);
            else
                client.NoOp(deadline.Token);
        }
        Own?.Recorder.Enter(DialogueStep.Ready);
        _broken = false;
    }

    /// <summary>Says QUIT where the server may still listen, waits for its reply two seconds at most and never beyond the limit, and closes. Never throws.</summary>
    public async ValueTask CloseAsync(bool async, TimeSpan limit)
    {
        try
        {
            // To one that has said something unasked, or has closed, there is nothing more to say.
            if (!_broken && limit > TimeSpan.Zero && (Own?.IsQuiet ?? true))
            {
                using var deadline = new Deadline(time, limit < QuitTimeout ? limit : QuitTimeout, CancellationToken.None, CancellationToken.None);
                using (Bounded(deadline))
                {
                    if (async)
                        await client.DisconnectAsync(true, deadline.Token).ConfigureAwait(false);
                    else
                        client.Disconnect(true, deadline.Token);
                }
            }
        }
#pragma warning disable CA1031 // Whatever goes wrong with QUIT, the mails before it are safe and the connection ends.
        catch (Exception)
#pragma warning restore CA1031
        {
            _broken = true;
        }
        finally
        {
            Own?.Recorder.Close("Closed");
            client.Dispose();
        }
    }

    private async ValueTask LogInAsync(bool async, Deadline deadline)
    {
        if (Own is { IsSecure: false } && !options.AcceptUnsecureConnection)
            throw new ConnectionException(SmtpErrorCodes.ClearTextCredentials, "auth", "The connection is not encrypted: the login was not begun.");
        _step = DialogueStep.Authenticate;
        Mechanism = await new Authenticator(options, secrets, time).AuthenticateAsync(async, client, deadline).ConfigureAwait(false);
    }

    /// <summary>
    /// Where the server offers SMTPUTF8, MailKit turns punycode back into Unicode and demands the extension, and a mail that every server
    /// takes would bounce at the first that lacks it. What was switched off in its client stays off.
    /// </summary>
    private void HideSmtpUtf8(Envelope envelope)
    {
        if (envelope.NeedsSmtpUtf8 || !envelope.HasPunycode || client is not SmtpClient known)
            return;
        _hidesSmtpUtf8 |= known.Capabilities.HasFlag(SmtpCapabilities.UTF8);
        known.Capabilities &= ~SmtpCapabilities.UTF8;
    }

    private void Configure()
    {
        client.ServerCertificateValidationCallback = _certificate.Accepts;
        client.CheckCertificateRevocation = options.CheckCertificateRevocation;
        if (options.ClientCertificates.Count > 0)
            client.ClientCertificates = [.. options.ClientCertificates];
        if (options.LocalDomain is not null && client is SmtpClient known)
            known.LocalDomain = options.LocalDomain;
    }

    private Bound Bounded(Deadline deadline)
    {
        // For a client that is not ours, MailKit's timeout for each call and the token are what there is.
        if (Own is null)
            client.Timeout = deadline.RemainingMilliseconds;
        Own?.Begin(deadline);
        return new Bound(Own);
    }

    private static FormatOptions NewFormat(bool international)
    {
        var format = FormatOptions.Default.Clone();
        format.International = international;
        format.HiddenHeaders.Add(HeaderId.Bcc);
        format.HiddenHeaders.Add(HeaderId.ResentBcc);
        return format;
    }

    private readonly struct Bound(MailKitClient? client) : IDisposable
    {
        public void Dispose() => client?.End();
    }

    private sealed class LastByte(Transaction transaction) : ITransferProgress
    {
        public void Report(long bytesTransferred, long totalSize) => transaction.MessageSent = totalSize > 0 && bytesTransferred >= totalSize;

        public void Report(long bytesTransferred)
        {
            // The size is not known: whatever was written, the end may have been. Better in doubt than sent twice.
            transaction.MessageSent = bytesTransferred > 0;
        }
    }
}
