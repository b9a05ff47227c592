using MimeKit;

namespace SmtpTransport.Testing;

/// <summary>A message that the <see cref="SmtpTestServer"/> took, with its envelope. Immutable but for what the caller does to
/// <see cref="Message"/>.</summary>
public sealed class ReceivedMessage
{
    private readonly Lazy<MimeMessage> _message;

    internal ReceivedMessage(Transaction transaction, byte[] raw, SmtpTestSession session)
    {
        Sender = transaction.From;
        Recipients = transaction.Recipients;
        SenderParameters = transaction.Parameters;
        RecipientParameters = transaction.RecipientParameters;
        Raw = raw;
        Session = session;
        IsSecure = session.IsSecure;
        AuthenticatedUser = session.AuthenticatedUser;
        QueueId = transaction.QueueId;
        _message = new Lazy<MimeMessage>(() => MimeMessage.Load(new MemoryStream(raw, writable: false)));
    }

    /// <summary>The reverse path of MAIL, without the angle brackets; empty for the null path.</summary>
    public string Sender { get; }

    /// <summary>The accepted recipients, in order of RCPT, without the angle brackets.</summary>
    public IReadOnlyList<string> Recipients { get; }

    /// <summary>The parameters of MAIL (SIZE, BODY, SMTPUTF8, RET, ENVID, AUTH …) as they were sent; keys in upper case, null where
    /// there is no value.</summary>
    public IReadOnlyDictionary<string, string?> SenderParameters { get; }

    /// <summary>The parameters of RCPT (NOTIFY, ORCPT), one dictionary for each of <see cref="Recipients"/>.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string?>> RecipientParameters { get; }

    /// <summary>The message as it is after the dots were un-stuffed, with its CRLFs.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The message, parsed at the first call. Always the same object.</summary>
    /// <exception cref="FormatException">What came is no message.</exception>
    public MimeMessage Message => _message.Value;

    /// <summary>The session that it came through.</summary>
    public SmtpTestSession Session { get; }

    /// <summary>Whether it came over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>The user that was logged in, or null.</summary>
    public string? AuthenticatedUser { get; }

    /// <summary>The id in the reply <c>250 2.0.0 Ok: queued as …</c>; unique within the process.</summary>
    public string QueueId { get; }
}
