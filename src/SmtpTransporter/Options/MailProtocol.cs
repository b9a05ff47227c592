namespace SmtpTransport;

/// <summary>How a message is handed to a server.</summary>
public enum MailProtocol
{
    /// <summary>SMTP (RFC 5321): the server answers for the message as a whole. The default.</summary>
    Smtp,

    /// <summary>
    /// LMTP (RFC 2033), which servers of mailboxes such as Dovecot and Cyrus speak: behind the message, the server answers for each
    /// recipient whether it is in the mailbox.
    /// </summary>
    Lmtp,
}
