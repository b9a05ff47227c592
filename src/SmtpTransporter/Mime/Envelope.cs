using MimeKit;

namespace SmtpTransport;

/// <summary>The sender and the recipients of a message, as in MAIL FROM and RCPT TO (RFC 5321, section 2.3.1). Immutable.</summary>
internal sealed class Envelope
{
    public Envelope(string sender, IReadOnlyList<string> recipients)
    {
        Sender = sender;
        Recipients = recipients is [_] ? recipients : WithoutDuplicates(recipients);
        SmtpUtf8Address = sender.Length > 0 && AddressSpec.NeedsSmtpUtf8(sender) ? nameof(Email.From)
            : Recipients.Any(AddressSpec.NeedsSmtpUtf8) ? nameof(Email.To)
            : null;
    }

    /// <summary>The address for bounces; <c>""</c> for the null path.</summary>
    public string Sender { get; }

    /// <summary>The recipients without duplicates.</summary>
    public IReadOnlyList<string> Recipients { get; }

    /// <summary>The property with an address that requires SMTPUTF8 (RFC 6531); null if there is none.</summary>
    public string? SmtpUtf8Address { get; }

    /// <summary>Whether a domain is written in punycode (RFC 5890).</summary>
    public bool HasPunycode =>
        Recipients.Append(Sender).Any(a => a.AsSpan(a.LastIndexOf('@') + 1).Contains("xn--", StringComparison.OrdinalIgnoreCase));

    public MailboxAddress SenderMailbox => Mailbox(Sender);

    public static IReadOnlyList<MailboxAddress> Mailboxes(IReadOnlyList<string> recipients) => [.. recipients.Select(Mailbox)];

    private static List<string> WithoutDuplicates(IReadOnlyList<string> recipients)
    {
        var seen = new HashSet<string>(recipients.Count, StringComparer.OrdinalIgnoreCase);
        return [.. recipients.Where(seen.Add)];
    }

    private static MailboxAddress Mailbox(string address) =>
        address.Length == 0 ? new MailboxAddress("", "") : new MailboxAddress(null, address);
}
