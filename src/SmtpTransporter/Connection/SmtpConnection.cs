using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using MailKit;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// One connection: opens it, sends on it, says whether it can be used again. It drives any <see cref="ISmtpClient"/>, and knows more of the
/// default one. One caller at a time.
/// </summary>
internal sealed class SmtpConnection(ISmtpClient client, ServerOptions options, SecretRedactor secrets, TimeProvider time)
{
    public static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(2);

    // A connection that has just answered is alive: a message may follow its commands at once, and if it is lost then, it was lost just then.
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);

    // One that has been idle may have vanished without a word: if its first reply is not there by then, a new one is tried.
    private static readonly TimeSpan FirstReply = TimeSpan.FromSeconds(10);

    private readonly ServerCertificateCheck _certificate = new(options);
    private DialogueStep _step;
    private bool _reportsItsState;
    private bool _hidesSmtpUtf8;
    private bool _broken;
    private long _lastReply;
    private int _mails;

    public MailKitClient? Own { get; } = client as MailKitClient;

    public ISmtpClient Client => client;

    public ServerCertificateCheck Certificate => _certificate;

    public string? Mechanism { get; private set; }

    /// <summary>The version and the cipher of TLS; null where there is none.</summary>
    public (SslProtocols Protocol, TlsCipherSuite? Cipher)? Tls { get; private set; }

    /// <summary>True once it was opened. The server may have closed it since.</summary>
    public bool WasOpened { get; private set; }

    public DialogueStep Step => Own?.Recorder.Step ?? _step;

    /// <summary>Asked without a round trip: not broken, not used up, and nothing has come from the server while it was idle.</summary>
    public bool IsUsable => !_broken && _mails < Math.Min(options.MaxMessagesPerConnection, Extensions.MostMails) && (!_reportsItsState || client.IsConnected) && (Own?.IsQuiet ?? true);

    /// <summary>How long it has been since the server answered.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(_lastReply);

    /// <summary>The reply to the last NOOP; null where the client does not tell it.</summary>
    public Reply? CheckReply { get; private set; }

    public ServerExtensions Extensions { get; private set; } = new();

    public async ValueTask OpenAsync(bool async, Deadline deadline)
    {
        Configure();
        _broken = true;
        _step = DialogueStep.Hello;
        try
        {
            using var bound = Bounded(deadline);
            var security = TlsPolicy.Of(options);
            if (async)
                await client.ConnectAsync(options.Host, options.Port, security, deadline.Token).ConfigureAwait(false);
            else
                client.Connect(options.Host, options.Port, security, deadline.Token);
            _reportsItsState = client.IsConnected;
            if (options.User is not null)
                await LogInAsync(async, deadline).ConfigureAwait(false);
            Own?.BeginMails(options);
            Extensions = Own?.Extensions ?? ServerExtensions.Of(client.Capabilities);
            if (!options.Pipelining && Own is null && client is SmtpClient known)
                known.Capabilities &= ~SmtpCapabilities.Pipelining;
        }
        finally
        {
            // Kept: a check tells of them after a failed login too, when the connection is gone.
            if (client is { IsConnected: true, IsSecure: true })
                Tls = (client.SslProtocol, client.SslCipherSuite);
            Own?.Recorder.CompleteStep();
        }
        WasOpened = true;
        _broken = false;
        _lastReply = time.GetTimestamp();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<string> SendAsync(bool async, OutgoingMessage message, IReadOnlyList<string> recipients, DeliveryRecord transaction, Deadline deadline)
    {
        CheckOffers(message);
        // What is wrong with the mail itself leaves the connection as it is.
        var body = Own is null ? null : Body(message, deadline);
        _broken = true;
        _step = DialogueStep.Mail;
        try
        {
            using var bound = Bounded(deadline);
            var reply = Own is { Dialogue: { } dialogue }
                ? await SendOwnAsync(async, dialogue, message, body!, recipients, transaction, deadline).ConfigureAwait(false)
                : await SendAnyAsync(async, message, recipients, transaction, deadline).ConfigureAwait(false);
            _broken = false;
            return reply ?? "";
        }
        catch (Exception exception)
        {
            // After a refusal the connection lives; after anything else its state is not known.
            var reply = exception is SmtpCommandException command ? (int)command.StatusCode : exception is ServiceNotAuthenticatedException ? 530 : 0;
            _broken = reply is < 400 or >= 600 or 421;
            throw;
        }
        finally
        {
            _lastReply = time.GetTimestamp();
            _mails++;
        }
    }

    /// <summary>Whether the first reply is still awaited from a connection that had been idle.</summary>
    public bool MayHaveVanished { get; private set; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<string> SendOwnAsync(
        bool async, SmtpTransaction dialogue, OutgoingMessage message, SerializedMessage body, IReadOnlyList<string> recipients, DeliveryRecord transaction, Deadline deadline)
    {
        if (IdleFor < Warm)
            return await dialogue.SendAsync(async, message, body, recipients, transaction, deadline, together: true).ConfigureAwait(false);
        using var first = deadline.Within(FirstReply);
        MayHaveVanished = true;
        Own!.Begin(first);
        dialogue.Alive = () =>
        {
            MayHaveVanished = false;
            Own.Begin(deadline);
        };
        try
        {
            return await dialogue.SendAsync(async, message, body, recipients, transaction, deadline, together: false).ConfigureAwait(false);
        }
        finally
        {
            dialogue.Alive = null;
        }
    }

    private async ValueTask<string?> SendAnyAsync(bool async, OutgoingMessage message, IReadOnlyList<string> recipients, DeliveryRecord transaction, Deadline deadline)
    {
        HideSmtpUtf8(message.Envelope);
        await message.BeginTransmissionAsync(deadline.Token).ConfigureAwait(false);
        var (sender, mailboxes) = (message.Envelope.SenderMailbox, Envelope.Mailboxes(recipients));
        // A client that is not ours shows by its progress alone whether the message is out.
        var progress = new LastByte(transaction);
        return async
            ? await client.SendAsync(message.Format, message.Message, sender, mailboxes, deadline.Token, progress).ConfigureAwait(false)
            : client.Send(message.Format, message.Message, sender, mailboxes, deadline.Token, progress);
    }

    private SerializedMessage Body(OutgoingMessage message, Deadline deadline)
    {
        Own!.Recorder.SetStep(DialogueStep.Mail);
        // Writing a large one twice is worth it only where there is a limit to hold it against.
        var body = message.Bytes(Extensions.EightBitMime, measure: Extensions.LargestMessage is not null, deadline.Token);
        return body.Size <= (Extensions.LargestMessage ?? long.MaxValue)
            ? body
            : throw new EmailContentException(
                SmtpErrorCodes.MessageTooLarge, $"The message has {body.Size} octets; the server takes at most {Extensions.LargestMessage} (SIZE, RFC 1870).");
    }

    private void CheckOffers(OutgoingMessage message)
    {
        if (message.SmtpUtf8Address is not null && _hidesSmtpUtf8)
        {
            _broken = true;
            throw new ServiceNotConnectedException("SMTPUTF8 was switched off on this connection; it takes a new one.");
        }
        if (message.SmtpUtf8Address is { } needed && !Extensions.SmtpUtf8)
        {
            throw new EmailContentException(
                SmtpErrorCodes.SmtpUtf8Required, $"{needed}: an address is not ASCII before its \"@\", and the server does not offer SMTPUTF8 (RFC 6531).");
        }
        if (message.NeedsDsn && !Extensions.Dsn)
            throw new EmailContentException(SmtpErrorCodes.DsnRequired, "Notify: the server does not offer delivery status notifications (DSN, RFC 3461).");
    }

    public async ValueTask NoOpAsync(bool async, Deadline deadline)
    {
        _broken = true;
        _step = DialogueStep.NoOp;
        using (Bounded(deadline))
        {
            if (Own is { Dialogue: { } dialogue })
                CheckReply = await dialogue.NoOpAsync(async).ConfigureAwait(false);
            else if (async)
                await client.NoOpAsync(deadline.Token).ConfigureAwait(false);
            else
                client.NoOp(deadline.Token);
        }
        Own?.Recorder.EnterStep(DialogueStep.Ready);
        _broken = false;
        _lastReply = time.GetTimestamp();
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
        // A client of the caller's may be a mock, and answer for itself.
        TlsPolicy.ThrowIfClear(options, Own?.IsSecure ?? true);
        _step = DialogueStep.Authenticate;
        Mechanism = await new Authenticator(options, secrets, time).AuthenticateAsync(async, client, deadline).ConfigureAwait(false);
    }

    /// <summary>
    /// Where the server offers SMTPUTF8, MailKit turns punycode back into Unicode and demands the extension, and a mail that every server
    /// takes would bounce at the first that lacks it. What was switched off in its client stays off.
    /// </summary>
    private void HideSmtpUtf8(Envelope envelope)
    {
        if (envelope.SmtpUtf8Address is not null || !envelope.HasPunycode || client is not SmtpClient known)
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

    private readonly struct Bound(MailKitClient? client) : IDisposable
    {
        public void Dispose() => client?.End();
    }

    private sealed class LastByte(DeliveryRecord transaction) : ITransferProgress
    {
        public void Report(long bytesTransferred, long totalSize) => transaction.MessageSent = totalSize > 0 && bytesTransferred >= totalSize;

        public void Report(long bytesTransferred)
        {
            // The size is not known: whatever was written, the end may have been. Better in doubt than sent twice.
            transaction.MessageSent = bytesTransferred > 0;
        }
    }
}
