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

    /// <summary>Whether the mailbox can be mapped outside the Development environment. Default: false.</summary>
    /// <remarks>
    /// Anyone who can reach the mailbox can read every message in it, including password resets: require authorization for it if it is
    /// true. If it is false, the application does not start outside the Development environment.
    /// </remarks>
    public bool AllowOutsideDevelopment { get; set; }
}
