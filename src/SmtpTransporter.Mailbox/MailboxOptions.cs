namespace SmtpTransport.Mailbox;

/// <summary>The source of the messages that a mailbox shows, and where it may run.</summary>
/// <remarks>Used by one caller at a time, while the mailbox is mapped.</remarks>
public sealed class MailboxOptions
{
    /// <summary>
    /// The folder whose <c>.eml</c> files are shown: the <see cref="ServerOptions.PickupFolder"/> of the transporter. Default: null, which
    /// means the setting <c>Smtp:PickupFolder</c>.
    /// </summary>
    /// <remarks>Absolute, or relative to the current directory. The folder is created if it does not exist.</remarks>
    public string? Folder { get; set; }

    /// <summary>The messages to show instead of those in a folder. Default: null.</summary>
    public MailboxStore? Store { get; set; }

    /// <summary>
    /// Emails to show beside the messages, by name, such as the templates of the application with sample data. Each is created anew
    /// whenever it is shown, once a second while it is open. Default: none.
    /// </summary>
    /// <remarks>The page is at <c>templates/</c> below the mailbox. If a function throws, the page shows the message.</remarks>
    public IReadOnlyDictionary<string, Func<CancellationToken, Task<Email>>> Previews { get; set; } =
        new Dictionary<string, Func<CancellationToken, Task<Email>>>();

    /// <summary>
    /// Sends a message to real addresses when a user of the page asks for it ("Release"): for instance a <see cref="SmtpTransporter"/> with
    /// a server, beside the one with the pickup folder. Default: null, which means that the page sends nothing.
    /// </summary>
    /// <remarks>
    /// The message is sent as it was captured, with its own sender in the envelope, to the addresses that the user enters. Limit them with
    /// <see cref="ServerOptions.AllowedRecipients"/> of the transporter. The application disposes of it.
    /// </remarks>
    public IStoredMessageSender? ReleaseTransporter { get; set; }

    /// <summary>
    /// Requests the addresses of a message's links and images when a user of the page asks for it. Default: null, which means that the
    /// application never requests any.
    /// </summary>
    /// <remarks>
    /// At most 100 addresses of a message are requested, four at a time, each for at most 10 seconds: with HEAD, and with GET if the answer
    /// is an error. The application requests them, from its own network, and a request can confirm a subscription or end it: use it for
    /// emails that your application has written. The application disposes of the client.
    /// </remarks>
    public HttpClient? LinkClient { get; set; }

    /// <summary>Whether the mailbox can be mapped outside the Development environment. Default: false.</summary>
    /// <remarks>
    /// Anyone who can reach the mailbox can read every message in it, including password resets: require authorization for it if it is
    /// true. If it is false, the application does not start outside the Development environment.
    /// </remarks>
    public bool AllowOutsideDevelopment { get; set; }

    /// <summary>
    /// The host names by which the mailbox may be called: <c>app.example.com</c>, <c>*.example.com</c>, an IP address, or <c>*</c> for
    /// any. Without a port. Default: none beside those of this machine (<c>localhost</c>, names that end with <c>.localhost</c>, and
    /// loopback addresses), which are always allowed.
    /// </summary>
    /// <remarks>
    /// A request with another name gets the status 421. Otherwise any web page that a developer visits could read the messages: its own
    /// name can resolve to this machine (DNS rebinding).
    /// </remarks>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];
}
