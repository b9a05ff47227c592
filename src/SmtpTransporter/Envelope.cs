using MimeKit;

namespace SmtpTransport;

/// <summary>What MAIL FROM and RCPT TO say (RFC 5321, section 2.3.1), apart from the message.</summary>
internal sealed class Envelope
{
    public Envelope(string sender, IEnumerable<string> recipients)
    {
        Sender = sender;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Recipients = [.. recipients.Where(seen.Add)];
        NeedsSmtpUtf8 = (sender.Length > 0 && AddressSpec.NeedsSmtpUtf8(sender)) || Recipients.Any(AddressSpec.NeedsSmtpUtf8);
    }

    /// <summary>Where bounces go; <c>""</c> for the null path.</summary>
    public string Sender { get; }

    /// <summary>The recipients, equal addresses once.</summary>
    public IReadOnlyList<string> Recipients { get; }

    public bool NeedsSmtpUtf8 { get; }

    /// <summary>Whether a domain is written in punycode (RFC 5890).</summary>
    public bool HasPunycode => Recipients.Append(Sender).Any(a => a.AsSpan(a.LastIndexOf('@') + 1).Contains("xn--", StringComparison.OrdinalIgnoreCase));

    public MailboxAddress SenderMailbox => Mailbox(Sender);

    public static IReadOnlyList<MailboxAddress> Mailboxes(IReadOnlyList<string> recipients) => [.. recipients.Select(Mailbox)];

    private static MailboxAddress Mailbox(string address) => address.Length == 0 ? new MailboxAddress("", "") : new MailboxAddress(null, address);
}
