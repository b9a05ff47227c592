using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The most recent set of resent fields of a message, which say who reintroduced it and to whom (RFC 5322, section 3.6.6): its envelope.
/// </summary>
internal sealed class ResentFields
{
    private readonly Dictionary<HeaderId, InternetAddressList> _addresses = [];

    /// <summary>The address of Resent-Sender, or else the first of Resent-From; null if there is neither.</summary>
    public string? Sender => Mailboxes(HeaderId.ResentSender).Concat(Mailboxes(HeaderId.ResentFrom)).FirstOrDefault()?.Address;

    public IReadOnlyList<string> Recipients =>
        [.. Mailboxes(HeaderId.ResentTo).Concat(Mailboxes(HeaderId.ResentCc)).Concat(Mailboxes(HeaderId.ResentBcc)).Select(m => m.Address)];

    /// <summary>Returns the set at the top of a header; null if the message was not resent.</summary>
    public static ResentFields? Find(HeaderList headers)
    {
        var set = new ResentFields();
        var seen = new HashSet<HeaderId>();
        foreach (var header in headers)
        {
            // Each field occurs once in a set, and trace fields stand between two sets.
            if (IsResent(header.Id) ? !seen.Add(header.Id) : seen.Count > 0 && header.Id is HeaderId.Received or HeaderId.ReturnPath)
                break;
            if (IsAddress(header.Id))
                set._addresses[header.Id] = InternetAddressList.TryParse(header.RawValue, out var list) ? list : [];
        }
        return set._addresses.Count == 0 ? null : set;
    }

    private static bool IsAddress(HeaderId id) =>
        id is HeaderId.ResentFrom or HeaderId.ResentSender or HeaderId.ResentTo or HeaderId.ResentCc or HeaderId.ResentBcc;

    private static bool IsResent(HeaderId id) => IsAddress(id) || id is HeaderId.ResentDate or HeaderId.ResentMessageId;

    private IEnumerable<MailboxAddress> Mailboxes(HeaderId id) => _addresses.TryGetValue(id, out var list) ? list.Mailboxes : [];
}
