namespace SmtpTransport.Mailbox;

/// <summary>What a mailbox shows, and where.</summary>
public sealed class MailboxOptions
{
    /// <summary>
    /// The folder whose <c>.eml</c> files are shown: the <see cref="ServerOptions.PickupFolder"/> of the transporter. Absolute, or relative to the
    /// current directory; made if need be. Default null: the setting <c>Smtp:PickupFolder</c>.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>The mails to show, instead of those of a folder. Default null. Not disposed by the mailbox.</summary>
    public MailboxStore? Store { get; set; }

    /// <summary>
    /// True: the mailbox may be mapped outside the environment Development, too. Whoever reaches it can read every mail in it, password mails among
    /// them: put an authorisation on it. Default false: it refuses to start there.
    /// </summary>
    public bool AllowOutsideDevelopment { get; set; }
}
