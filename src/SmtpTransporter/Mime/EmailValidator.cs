using MimeKit;

namespace SmtpTransport;

/// <summary>The one place where a mail is checked before it is written. What is wrong is named by its property and, in text, its position.</summary>
internal static class EmailValidator
{
    // RFC 6838, section 4.2, for a type and for a subtype: both stand on one line.
    private const int LongestType = 127;

    // With its parameters. The parser's time grows with the square of some lengths.
    private const int LongestTypeText = 2000;

    /// <summary>A copy of the mail that can be written: addresses that are addresses, texts that a header can carry, a tree that is one.</summary>
    public static Email Checked(Email given)
    {
        BodyStructureWalker.Check(given);
        var email = given.Copy();
        CheckAddresses(nameof(Email.From), email.From);
        CheckAddresses(nameof(Email.Sender), email.Sender);
        CheckAddresses(nameof(Email.ReplyTo), email.ReplyTo);
        CheckAddresses(nameof(Email.To), email.To);
        CheckAddresses(nameof(Email.Cc), email.Cc);
        CheckAddresses(nameof(Email.Bcc), email.Bcc);
        if (email.Sender.Count > 1)
            throw new EmailContentException(SmtpErrorCodes.InvalidAddress, "Sender: there may be only one address.");
        if (!string.IsNullOrEmpty(email.ReturnPath) && AddressSpec.Check(email.ReturnPath) is { } problem)
            throw new EmailContentException(SmtpErrorCodes.InvalidAddress, $"{nameof(Email.ReturnPath)}: {problem}.");

        HeaderLine(nameof(Email.Subject), email.Subject);
        HeaderLine(nameof(Email.Comments), email.Comments);
        foreach (var keyword in email.Keywords)
            HeaderLine(nameof(Email.Keywords), keyword ?? throw Invalid(nameof(Email.Keywords), "there is a null"));
        foreach (var header in email.Headers)
            CheckHeader(header);
        CheckRequests(email);
        Unicode(nameof(Email.TextBody), email.OwnBodies.Text);
        Unicode(nameof(Email.HtmlBody), email.OwnBodies.Html);
        foreach (var attachment in email.Attachments)
            CheckAttachment(attachment);
        if (email.BodyStructure is not null)
            CheckParts(email);
        return email;
    }

    /// <summary>What a mail needs beyond that to be sent: a sender and a recipient.</summary>
    public static void CheckCanBeSent(Email email)
    {
        if (email.From.Count == 0)
            throw new EmailContentException(SmtpErrorCodes.MissingFrom, "From: the mail has no sender.");
        if (email.To.Count + email.Cc.Count + email.Bcc.Count == 0)
            throw new EmailContentException(SmtpErrorCodes.MissingRecipient, "To: the mail has no recipient in To, Cc or Bcc.");
        if (email.From.Count > 1 && email.Sender.Count == 0)
            throw new EmailContentException(SmtpErrorCodes.SenderRequired, "Sender: several From addresses need one (RFC 5322, section 3.6.2).");
    }

    /// <summary>A message id without its brackets (RFC 5322, section 3.6.4).</summary>
    public static string Id(string property, string text)
    {
        var id = text.Trim();
        if (id.StartsWith('<') && id.EndsWith('>'))
            id = id[1..^1];
        HeaderLine(property, id);
        if (id.Length is 0 or > 900 || id.Any(c => c is '<' or '>' or ' ' || !char.IsAscii(c)))
            throw Invalid(property, "this is no message id");
        return id;
    }

    public static IReadOnlyList<string> Ids(string property, IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => (text ?? throw Invalid(property, "there is a null")).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).Select(id => Id(property, id))];

    public static ContentType Type(MailAttachment attachment) =>
        Type(attachment.Type) is { } type && !type.IsMimeType("multipart", "*")
            ? type
            : throw Invalid(nameof(Email.Attachments), $"\"{attachment.Name}\" has no usable type");

    public static ContentType Type(MailPart part) =>
        Type(part.Type) is { Parameters.Count: 0 } type
            ? type
            : throw Invalid(nameof(Email.BodyStructure), $"\"{part.Type}\" is no media type; parameters are apart from it");

    // The parser, not the constructor: that one takes anything. A quote that is not closed is more than the parser minds.
    private static ContentType? Type(string text) =>
        text.Length <= LongestTypeText && text.Count(c => c == '"') % 2 == 0 && !text.Any(char.IsControl) && System.Text.Ascii.IsValid(text) && ContentType.TryParse(text, out var type)
            && type.MediaType.Length <= LongestType && type.MediaSubtype.Length <= LongestType
            ? type
            : null;

    private static void CheckAddresses(string property, EmailAddresses addresses)
    {
        if (addresses.Problem is { } problem)
            throw new EmailContentException(SmtpErrorCodes.InvalidAddress, $"{property}: {problem}.");
        foreach (var address in addresses)
        {
            if (AddressSpec.Check(address.Email) is { } wrong)
                throw new EmailContentException(SmtpErrorCodes.InvalidAddress, $"{property}: {wrong}.");
            HeaderLine(property, address.Name);
        }
    }

    /// <summary>RFC 5322, section 2.2; short enough to stand on a line with a blank and an encoded word.</summary>
    public static bool IsFieldName(string name) => name.Length is > 0 and <= 76 && !name.Any(c => c is <= ' ' or ':' or >= (char)127);

    public static bool IsCid(string cid) => cid.Length is > 0 and <= 900 && !cid.Any(c => c is <= ' ' or '<' or '>' or >= (char)127);

    public static bool IsCharset(string name) =>
        name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '+');

    public static bool IsParameter(string name) => name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    public static bool IsType(string text) => Type(text) is { Parameters.Count: 0 };

    private static void CheckRequests(Email email)
    {
        if (!Enum.IsDefined(email.Priority))
            throw Invalid(nameof(Email.Priority), "this is no priority");
        if ((email.Notify & ~(DeliveryNotifications)15) != 0 || (email.Notify.HasFlag(DeliveryNotifications.Never) && email.Notify != DeliveryNotifications.Never))
            throw Invalid(nameof(Email.Notify), "Never cannot be combined");
        if (email.EnvelopeId is { } id && (id.Length is 0 or > 100 || id.Any(c => c is <= ' ' or >= (char)127)))
            throw Invalid(nameof(Email.EnvelopeId), "1 to 100 printable ASCII characters are allowed");
        if (email.EncryptFor.Contains(null!))
            throw Invalid(nameof(Email.EncryptFor), "there is a null");
        if (email.Calendar is not { } calendar)
            return;
        if (email.BodyStructure is not null)
            throw Invalid(nameof(Email.Calendar), "the mail has a BodyStructure; add the calendar there");
        if (string.IsNullOrEmpty(calendar.Method) || !calendar.Method.All(char.IsAsciiLetter))
            throw Invalid(nameof(Email.Calendar), "the method must be a word such as REQUEST");
        Unicode(nameof(Email.Calendar), calendar.Content ?? throw Invalid(nameof(Email.Calendar), "there is no content"));
    }

    private static void CheckHeader(EmailHeader header)
    {
        if (string.IsNullOrEmpty(header.Name))
            return;
        if (!IsFieldName(header.Name))
            throw Invalid(nameof(Email.Headers), "a name may hold printable ASCII without blanks and colons");
        HeaderLine($"{nameof(Email.Headers)}[{header.Name}]", header.Value);
    }

    private static void CheckAttachment(MailAttachment attachment)
    {
        const string property = nameof(Email.Attachments);
        if (attachment is null)
            throw Invalid(property, "there is a null");
        HeaderLine(property, attachment.Name);
        _ = Type(attachment);
        CheckPart(property, attachment.Name, attachment.Cid, attachment.Disposition);
    }

    private static void CheckParts(Email email)
    {
        const string property = nameof(Email.BodyStructure);
        foreach (var part in BodyStructureWalker.Parts(email.BodyStructure!))
        {
            _ = Type(part);
            CheckPart(property, part.Name ?? part.PartId ?? part.Type, part.Cid, part.Disposition);
            HeaderLine(property, part.Name);
            HeaderLine(property, part.Location);
            if (part.Charset is not null && !IsCharset(part.Charset))
                throw Invalid(property, $"\"{part.PartId}\" has a charset that is no name of one");
            foreach (var language in part.Language)
                HeaderLine(property, language);
            foreach (var (name, value) in part.Parameters)
            {
                HeaderLine(property, value);
                if (!IsParameter(name))
                    throw Invalid(property, "the name of a parameter may hold ASCII letters, digits, \"-\", \"_\" and \".\"");
            }
            foreach (var header in part.Headers)
                CheckHeader(header);
        }
        foreach (var (id, value) in email.BodyValues!)
            Unicode($"{nameof(Email.BodyValues)}[{id}]", value.Value);
    }

    private static void CheckPart(string property, string label, string? cid, string? disposition)
    {
        if (cid is not null && !IsCid(cid))
            throw Invalid(property, $"\"{label}\" has a cid that is not printable ASCII without blanks and angle brackets");
        if (disposition is not null && !disposition.Equals("inline", StringComparison.OrdinalIgnoreCase) && !disposition.Equals("attachment", StringComparison.OrdinalIgnoreCase))
            throw Invalid(property, $"\"{label}\" has a disposition that is neither \"attachment\" nor \"inline\"");
    }

    /// <summary>No CR, LF, NUL or other control (a tab apart): nothing that could begin another header, or end the message.</summary>
    private static void HeaderLine(string property, string? text)
    {
        if (text is null || !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] != '\t')
                throw Invalid(property, $"there is a control character (U+{(int)text[i]:X4}) at position {i}");
        }
        Unicode(property, text);
    }

    private static void Unicode(string property, string? text)
    {
        if (text is not null && UnicodeText.HalfPairAt(text) is { } position)
            throw Invalid(property, $"there is half a surrogate pair at position {position}");
    }

    private static EmailContentException Invalid(string property, string what) => new(SmtpErrorCodes.InvalidContent, $"{property}: {what}.");
}
