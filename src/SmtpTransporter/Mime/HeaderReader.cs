using MimeKit;
using MimeKit.Utils;

namespace SmtpTransport;

/// <summary>
/// Reads the header of a message into an email. Fields that the model has no property for, and those that are not valid, become
/// <see cref="Email.Headers"/>.
/// </summary>
internal sealed class HeaderReader
{
    // Written anew with each message, or valid for one transport only.
    private static readonly HeaderId[] Excluded = [HeaderId.MimeVersion, HeaderId.ReturnPath];

    private readonly Email _email;
    private readonly HashSet<HeaderId> _seen = [];

    private HeaderReader(Email email) => _email = email;

    /// <summary>Reads the fields into an email that has none.</summary>
    public static void Read(ReadOnlyMemory<byte> header, Email email)
    {
        var reader = new HeaderReader(email);
        var isAtTop = true;
        foreach (var (name, octets) in HeaderOctets.Fields(header))
        {
            isAtTop = isAtTop && ReceivedHeader.IsPickupEnvelope(name, isAtTop);
            if (name is not null && !HeaderOctets.IsOfPart(name) && !ReceivedHeader.IsPickupEnvelope(name, isAtTop)
                && Header.TryParse(octets.ToArray(), out var field))
                reader.Read(name, field);
        }
    }

    /// <summary>Returns the text of a field: unfolded and decoded, without the blanks around it, but with those in encoded words.</summary>
    public static string Text(Header field)
    {
        var raw = field.RawValue.Where(b => b is not ((byte)'\r' or (byte)'\n')).ToArray().AsSpan().Trim(" \t"u8);
        return Clean(Rfc2047.DecodeText(raw.ToArray()));
    }

    /// <summary>Replaces control characters of a received header by spaces, because it could not be written with them.</summary>
    public static string Clean(string value) => string.Create(value.Length, value, static (span, text) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = char.IsControl(text[i]) ? ' ' : text[i];
    });

    public static string[] CommaSeparated(Header field) =>
        Text(field).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private void Read(string name, Header field)
    {
        if (field.Id == HeaderId.ReturnPath)
            _email.ReturnPath ??= ReturnPath(field);
        else if (!Excluded.Contains(field.Id) && !TryReadJoined(field) && !(IsFirst(field) && TryReadSingle(field)))
            KeepHeader(name, field);
        if (field.Id == HeaderId.Received)
            _email.ReceivedAt ??= DateAfterSemicolon(field.Value);
    }

    // A second Subject or From has no property, and remains a header.
    private bool IsFirst(Header field) => field.Id != HeaderId.Unknown && _seen.Add(field.Id);

    // A Message-ID that is not valid would only prevent a new one. A Bcc is never shown.
    private void KeepHeader(string name, Header field)
    {
        if (field.Id is not (HeaderId.MessageId or HeaderId.Bcc))
            _email.Headers.Add(name, Text(field));
    }

    private static string? ReturnPath(Header field)
    {
        var path = Text(field).Trim(' ', '<', '>');
        return path.Length == 0 || AddressSpec.Check(path) is null ? path : null;
    }

    /// <summary>Reads a field that several times is one list, although RFC 5322, section 3.6, allows it once.</summary>
    private bool TryReadJoined(Header field)
    {
        switch (field.Id)
        {
            case HeaderId.ReplyTo:
                return TryReadAddresses(field, _email.ReplyTo);
            case HeaderId.To:
                return TryReadAddresses(field, _email.To);
            case HeaderId.Cc:
                return TryReadAddresses(field, _email.Cc);
            case HeaderId.Bcc:
                return TryReadAddresses(field, _email.Bcc);
            case HeaderId.InReplyTo:
                return TryReadIds(field, ids => _email.InReplyTo = string.Join(' ', ids.Prepend(_email.InReplyTo).OfType<string>()));
            case HeaderId.References:
                return TryReadIds(field, ids => AddAll(_email.References, ids));
            case HeaderId.Keywords:
                AddAll(_email.Keywords, CommaSeparated(field));
                return true;
            case HeaderId.Comments:
                _email.Comments = _email.Comments is { } comments ? $"{comments} {Text(field)}" : Text(field);
                return true;
            default:
                return false;
        }
    }

    /// <returns>False if the email has no property for the field, or the field is not valid: it is then kept as it is.</returns>
    private bool TryReadSingle(Header field)
    {
        switch (field.Id)
        {
            case HeaderId.From:
                return TryReadAddresses(field, _email.From);
            case HeaderId.Sender:
                return TryReadAddresses(field, _email.Sender, maxCount: 1);
            case HeaderId.MessageId:
                return TryReadIds(field, ids => _email.MessageId = ids[0]);
            case HeaderId.Subject:
                _email.Subject = Text(field);
                return true;
            case HeaderId.Date:
                _email.SendAt = DateUtils.TryParse(field.Value, out var date) ? date : null;
                return _email.SendAt is not null;
            default:
                return false;
        }
    }

    /// <summary>Adds the addresses of a field. What is not an address remains a header, unless nothing of the field is one.</summary>
    private bool TryReadAddresses(Header field, EmailAddresses to, int maxCount = int.MaxValue)
    {
        var (addresses, others) = ReceivedAddresses.Parse(field.RawValue);
        if (addresses.Count == 0 || addresses.Count > maxCount)
            return false;
        foreach (var address in addresses)
            to.Add(address);
        if (others.Count > 0 && field.Id != HeaderId.Bcc)
            _email.Headers.Add(field.Field, string.Join(", ", others));
        return true;
    }

    private static bool TryReadIds(Header field, Action<IReadOnlyList<string>> set)
    {
        if (MessageIds.Find(field.Value) is not { Count: > 0 } ids)
            return false;
        set(ids);
        return true;
    }

    private static DateTimeOffset? DateAfterSemicolon(string value) =>
        DateUtils.TryParse(value[(value.LastIndexOf(';') + 1)..], out var date) ? date : null;

    private static void AddAll(IList<string> to, IEnumerable<string> items)
    {
        foreach (var item in items)
            to.Add(item);
    }
}
