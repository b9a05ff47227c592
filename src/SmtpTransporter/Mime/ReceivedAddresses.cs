using MimeKit;

namespace SmtpTransport;

/// <summary>Reads the addresses of a received field (RFC 5322, section 3.4), and sets aside what is not an address.</summary>
internal static class ReceivedAddresses
{
    /// <summary>Returns the valid addresses in order, and the other entries as text.</summary>
    public static (IReadOnlyList<EmailAddress> Addresses, IReadOnlyList<string> Others) Parse(byte[] value)
    {
        var (addresses, others) = (new List<EmailAddress>(), new List<string>());
        if (!TryAdd(value))
        {
            // One wrong entry ends MimeKit's parser.
            foreach (var entry in Entries(value))
            {
                if (!TryAdd(value[entry]) && Text(value[entry]) is { Length: > 0 } text)
                    others.Add(text);
            }
        }
        return (addresses, others);

        bool TryAdd(byte[] octets)
        {
            if (!InternetAddressList.TryParse(octets, out var list))
                return false;
            foreach (var mailbox in list.Mailboxes)
            {
                var name = string.IsNullOrEmpty(mailbox.Name) ? null : HeaderReader.Clean(mailbox.Name);
                if (AddressSpec.Check(mailbox.Address) is null)
                    addresses.Add(new EmailAddress(mailbox.Address, name));
                else
                    others.Add(HeaderReader.Clean(mailbox.ToString()));
            }
            return true;
        }
    }

    private static string Text(byte[] entry) => HeaderReader.Clean(MimeKit.Utils.Rfc2047.DecodeText(entry)).Trim();

    /// <summary>The entries between commas and semicolons that are not in quotes, comments or angle brackets.</summary>
    private static IEnumerable<Range> Entries(byte[] value)
    {
        var start = 0;
        var (isQuoted, comments, isInAngle) = (false, 0, false);
        for (var i = 0; i < value.Length; i++)
        {
            switch ((char)value[i])
            {
                case '\\' when isQuoted || comments > 0:
                    i++;
                    break;
                case '"' when comments == 0:
                    // A quote that is not closed is a character like others.
                    isQuoted = !isQuoted && Array.IndexOf(value, (byte)'"', i + 1) > 0;
                    break;
                case '(' when !isQuoted:
                    comments++;
                    break;
                case ')' when comments > 0:
                    comments--;
                    break;
                case '<' or '>' when !isQuoted && comments == 0:
                    isInAngle = value[i] == '<';
                    break;
                case ':' when !isQuoted && comments == 0 && !isInAngle:
                    // The name of a group is no entry.
                    start = i + 1;
                    break;
                case ',' or ';' when !isQuoted && comments == 0 && !isInAngle:
                    yield return start..i;
                    start = i + 1;
                    break;
            }
        }
        yield return start..value.Length;
    }
}
