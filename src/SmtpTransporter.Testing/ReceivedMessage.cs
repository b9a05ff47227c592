using MimeKit;

namespace SmtpTransport.Testing;

/// <summary>A message that the <see cref="SmtpTestServer"/> has accepted, with its envelope.</summary>
/// <remarks>Immutable, except for the object in <see cref="Message"/>, which the caller can change. Safe for concurrent callers.</remarks>
public sealed class ReceivedMessage
{
    private readonly Lazy<MimeMessage> _message;

    internal ReceivedMessage(Transaction transaction, byte[] raw, SmtpTestSession session, IReadOnlyList<bool>? isKept = null)
    {
        Sender = transaction.Sender;
        Recipients = isKept is null ? transaction.Recipients : [.. transaction.Recipients.Where((_, i) => isKept[i])];
        SenderParameters = transaction.SenderParameters;
        RecipientParameters = isKept is null
            ? transaction.RecipientParameters
            : [.. transaction.RecipientParameters.Where((_, i) => isKept[i])];
        Raw = raw;
        Session = session;
        IsSecure = session.IsSecure;
        AuthenticatedUser = session.AuthenticatedUser;
        QueueId = transaction.QueueId;
        _message = new Lazy<MimeMessage>(() => MimeMessage.Load(new MemoryStream(raw, writable: false)));
    }

    /// <summary>The envelope's sender: the reverse path of MAIL without the angle brackets, or empty for the null path.</summary>
    /// <remarks>RFC 5321, section 4.1.1.2.</remarks>
    public string Sender { get; }

    /// <summary>The envelope's accepted recipients, in the order of RCPT, without the angle brackets.</summary>
    /// <remarks>RFC 5321, section 4.1.1.3.</remarks>
    public IReadOnlyList<string> Recipients { get; }

    /// <summary>The parameters of MAIL (SIZE, BODY, SMTPUTF8, RET, ENVID, AUTH …), with their values as they were sent.</summary>
    /// <remarks>Keys are in upper case and ignore case; the value is null for a parameter without one.</remarks>
    public IReadOnlyDictionary<string, string?> SenderParameters { get; }

    /// <summary>The parameters of RCPT (NOTIFY, ORCPT; RFC 3461), one dictionary for each of <see cref="Recipients"/>.</summary>
    /// <remarks>Keys are in upper case and ignore case; the value is null for a parameter without one.</remarks>
    public IReadOnlyList<IReadOnlyDictionary<string, string?>> RecipientParameters { get; }

    /// <summary>The bytes of the message, with CRLF as line ends and without the dots that DATA adds.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The parsed message.</summary>
    /// <remarks>It is parsed at the first call; each call returns the same object.</remarks>
    /// <exception cref="FormatException">The bytes are not a valid message.</exception>
    public MimeMessage Message => _message.Value;

    /// <summary>The session in which the message was received.</summary>
    public SmtpTestSession Session { get; }

    /// <summary>Whether the message was received over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>The user that was authenticated, or null.</summary>
    public string? AuthenticatedUser { get; }

    /// <summary>The id in the reply <c>250 2.0.0 Ok: queued as …</c>, unique within the process.</summary>
    public string QueueId { get; }
}
