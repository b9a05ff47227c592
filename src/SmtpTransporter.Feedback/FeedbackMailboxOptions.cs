namespace SmtpTransport.Feedback;

/// <summary>Which mailbox to read, and how to mark what was read.</summary>
/// <remarks>
/// Immutable and safe for concurrent use: change a copy with <c>with</c>. The options are checked as a <see cref="FeedbackMailbox"/> is
/// created from them. Printing them shows no secret.
/// </remarks>
public sealed record FeedbackMailboxOptions
{
    /// <summary>The server: host, port, TLS, user, password or access token, time limits, logger. Required.</summary>
    /// <remarks>
    /// <para>
    /// The rules are those for sending: one attempt to log in with the most secure mechanism that the server offers, nothing in clear text
    /// without <see cref="ServerOptions.AcceptUnsecureConnection"/>, and a token that was refused is renewed once. Port 587, the default
    /// of <see cref="ServerOptions.Port"/>, means 993 here. On port 993, TLS begins with the first byte, on others with STARTTLS, unless
    /// <see cref="ServerOptions.ImplicitTls"/> is set. <see cref="ServerOptions.ConnectionTimeout"/> bounds connecting and logging in,
    /// <see cref="ServerOptions.SendTimeout"/> each command.
    /// </para>
    /// <para>
    /// Options of emails and of sending have no effect. A proxy, a Unix socket, a local address, a callback that connects, LMTP, a pickup
    /// folder and Kerberos are not supported.
    /// </para>
    /// </remarks>
    public required ServerOptions Server { get; init; }

    /// <summary>The full name of the folder, with the separator of the server. Default <c>INBOX</c>.</summary>
    public string Folder { get; init; } = "INBOX";

    /// <summary>
    /// The flag of a completed message: <c>\Seen</c>, or a keyword (RFC 9051, section 2.3.2). Default <c>$FeedbackRead</c>.
    /// </summary>
    /// <remarks>
    /// Only messages without it are given. A keyword is set by nothing but this library, whereas a person who looks into the mailbox sets
    /// <c>\Seen</c>: those messages are not given any more. Some servers, Exchange among them, store no keywords; then the folder is not
    /// opened, and the error says so. With <see cref="MoveTo"/> it has no effect.
    /// </remarks>
    public string ReadFlag { get; init; } = "$FeedbackRead";

    /// <summary>
    /// The full name of the folder into which completed messages are moved, which must exist. Default null: they stay, with
    /// <see cref="ReadFlag"/>.
    /// </summary>
    /// <remarks>
    /// By MOVE (RFC 6851); without it by a copy and the flag <c>\Deleted</c>, and with UIDPLUS (RFC 4315) expunged. Without UIDPLUS the
    /// deleted original stays until someone expunges the folder; it is not given again.
    /// </remarks>
    public string? MoveTo { get; init; }

    /// <summary>
    /// How often the mailbox is looked at if the server has no IDLE, and after how long a message that was not completed is given again.
    /// Default 1 minute; 1 second to 24 hours.
    /// </summary>
    /// <remarks>After each time that a message was given, it takes twice as long, up to 4 hours.</remarks>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often IDLE is renewed. Default 9 minutes; 1 second to 28 minutes, since a server may close the connection after 29 (RFC 2177).
    /// </summary>
    /// <remarks>Routers forget a connection on which nothing is said after some minutes, often ten.</remarks>
    public TimeSpan IdleRenewal { get; init; } = TimeSpan.FromMinutes(9);

    /// <summary>Whether the folder is only looked at (EXAMINE). Default false.</summary>
    /// <remarks>
    /// True: nothing is changed, all messages of the folder are given, those that were completed too, and completing one is an error.
    /// </remarks>
    public bool IsReadOnly { get; init; }

    /// <summary>Reads options from a URL such as <c>imaps://bounces:pa%40ss@imap.example.com/INBOX?moveTo=Done</c>.</summary>
    /// <param name="url">The URL.</param>
    /// <returns>The options. Whether they are valid as a whole is checked as a <see cref="FeedbackMailbox"/> is created.</returns>
    /// <remarks>
    /// The scheme <c>imaps</c> means port 993 and TLS from the first byte, on any port; <c>imap</c> means port 143 and STARTTLS. User,
    /// password and folder are percent-encoded. Without a password, add one to <see cref="Server"/>. The keys of the query are
    /// <c>moveTo</c>, <c>readFlag</c>, <c>pollInterval</c> and <c>idleRenewal</c>, and those of <see cref="ServerOptions.Parse(string)"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="url"/> is null.</exception>
    /// <exception cref="ArgumentException">The URL is not valid, or a key is unknown or repeated. The message has no secret.</exception>
    public static FeedbackMailboxOptions Parse(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return FeedbackMailboxUrl.Read(url);
    }
}
