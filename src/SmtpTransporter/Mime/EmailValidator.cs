using System.Globalization;

namespace SmtpTransport;

/// <summary>Checks an email before it is written. Every error names the property and, in text, the position.</summary>
internal static class EmailValidator
{
    private const int MaxEnvelopeIdLength = 100;

    // Each stops at its first problem; independent of one another, they find them all.
    private static readonly Action<Email>[] Checks =
    [
        email => CheckAddresses(nameof(Email.From), email.From),
        CheckSender,
        email => CheckAddresses(nameof(Email.ReplyTo), email.ReplyTo),
        email => CheckAddresses(nameof(Email.To), email.To),
        email => CheckAddresses(nameof(Email.Cc), email.Cc),
        email => CheckAddresses(nameof(Email.Bcc), email.Bcc),
        CheckReturnPath,
        CheckEnvelope,
        email => TextCheck.ThrowIfNotHeaderText(nameof(Email.Subject), email.Subject),
        email => TextCheck.ThrowIfNotHeaderText(nameof(Email.Comments), email.Comments),
        CheckKeywords,
        CheckHeaders,
        email => TextCheck.ThrowIfNotUnicode(nameof(Email.TextBody), email.OwnBodies.Text),
        email => TextCheck.ThrowIfNotUnicode(nameof(Email.HtmlBody), email.OwnBodies.Html),
        CheckPriority,
        CheckNotifications,
        CheckTlsRequirement,
        CheckEncryption,
        CheckCalendar,
        CheckAlternatives,
    ];

    private static readonly Action<Email>[] SendChecks = [CheckHasSender, CheckHasRecipient, CheckOneSender, CheckMessageId];

    /// <summary>Returns a copy of the email that can be written: its addresses, texts and parts are valid.</summary>
    /// <param name="given">The email.</param>
    /// <param name="rules">Sets further fields on the copy; null if there are none.</param>
    /// <exception cref="EmailContentException">The email cannot be written.</exception>
    public static Email Checked(Email given, EmailFieldRules? rules = null)
    {
        BodyStructureWalker.Check(given);
        var email = Prepared(given, rules);
        foreach (var check in Checks)
            check(email);
        for (var i = 0; i < email.Attachments.Count; i++)
            CheckAttachment(email.Attachments[i], i);
        if (email.BodyStructure is not null)
            CheckParts(email);
        return email;
    }

    /// <summary>Checks what sending requires beyond writing: a sender and a recipient.</summary>
    /// <exception cref="EmailContentException">The email has no sender or no recipient.</exception>
    public static void CheckCanBeSent(Email email)
    {
        foreach (var check in SendChecks)
            check(email);
    }

    /// <summary>Finds everything for which an email cannot be sent, at most one problem for each check.</summary>
    /// <param name="given">The email.</param>
    /// <param name="rules">Sets further fields on a copy; null if there are none.</param>
    public static List<EmailContentException> FindErrors(Email given, EmailFieldRules? rules = null)
    {
        var found = new List<EmailContentException>();
        var email = given;
        // Without a valid tree, the rest cannot be read.
        if (!Try(e => BodyStructureWalker.Check(e)) || !Try(e => email = Prepared(e, rules)))
            return found;
        foreach (var check in Checks)
            Try(check);
        for (var i = 0; i < email.Attachments.Count; i++)
            Try(e => CheckAttachment(e.Attachments[i], i));
        if (email.BodyStructure is not null)
            Try(CheckParts);
        foreach (var check in SendChecks)
            Try(check);
        return found;

        bool Try(Action<Email> check)
        {
            try
            {
                check(email);
                return true;
            }
            catch (EmailContentException exception)
            {
                // An address that is not valid is not also missing.
                if (!found.Exists(e => e.Code == SmtpErrorCodes.InvalidAddress && IsMissing(exception, e.Property)))
                    found.Add(exception);
                return false;
            }
        }
    }

    private static bool IsMissing(EmailContentException exception, string property) => exception.Code switch
    {
        SmtpErrorCodes.MissingFrom => property == nameof(Email.From),
        SmtpErrorCodes.MissingRecipient => property is nameof(Email.To) or nameof(Email.Cc) or nameof(Email.Bcc),
        _ => false,
    };

    private static Email Prepared(Email given, EmailFieldRules? rules)
    {
        var email = given.Copy();
        rules?.Apply(email);
        return email;
    }

    private static void CheckHasSender(Email email)
    {
        if (email.From.Count == 0)
            throw Error(SmtpErrorCodes.MissingFrom, nameof(Email.From), "the email has no sender");
    }

    private static void CheckHasRecipient(Email email)
    {
        if (email.Envelope is { Recipients.Count: 0 })
            throw Error(SmtpErrorCodes.MissingRecipient, nameof(Email.Envelope), "the envelope has no recipient");
        if (email.Envelope is null && email.To.Count + email.Cc.Count + email.Bcc.Count == 0)
            throw Error(SmtpErrorCodes.MissingRecipient, nameof(Email.To), "the email has no recipient in To, Cc or Bcc");
    }

    private static void CheckOneSender(Email email)
    {
        if (email.From.Count > 1 && email.Sender.Count == 0)
        {
            throw Error(
                SmtpErrorCodes.SenderRequired, nameof(Email.Sender),
                $"From has {email.From.Count} addresses and Sender has none, and the message must say which of them sends it "
                + "(RFC 5322, section 3.6.2)");
        }
    }

    // An email that was read keeps such an id, but is not sent with it.
    private static void CheckMessageId(Email email)
    {
        if (MessageIds.Given(email) is { } given && MessageIds.Parse(nameof(Email.MessageId), given) is var id && !MessageIds.HasDomain(id))
        {
            throw TextCheck.Invalid(
                nameof(Email.MessageId),
                $"\"{id}\" is not a valid Message-ID: it must have text before and after an \"@\"; null creates one");
        }
    }

    private static void CheckSender(Email email)
    {
        CheckAddresses(nameof(Email.Sender), email.Sender);
        if (email.Sender.Count > 1)
            throw Error(SmtpErrorCodes.InvalidAddress, nameof(Email.Sender), "only one address is allowed");
    }

    private static void CheckReturnPath(Email email)
    {
        if (!string.IsNullOrEmpty(email.ReturnPath) && AddressSpec.Check(email.ReturnPath) is { } problem)
            throw Invalid(nameof(Email.ReturnPath), $"", problem with { Text = email.ReturnPath });
    }

    private static void CheckEnvelope(Email email)
    {
        const string property = nameof(Email.Envelope);
        if (email.Envelope is not { } envelope)
            return;
        if (!string.IsNullOrEmpty(envelope.Sender) && AddressSpec.Check(envelope.Sender) is { } wrong)
            throw Invalid(property, $"the sender is not valid: ", wrong with { Text = envelope.Sender });
        foreach (var recipient in envelope.Recipients)
        {
            if (AddressSpec.Check(recipient ?? throw ContainsNull(property)) is { } problem)
                throw Invalid(property, $"the recipient {$"\"{recipient}\"":personal} is not valid: ", problem);
        }
    }

    private static void CheckAddresses(string property, EmailAddresses addresses)
    {
        if (addresses.Problem is { } problem)
            throw Invalid(property, $"", problem);
        foreach (var address in addresses)
        {
            if (AddressSpec.Check(address.Email) is { } wrong)
                throw Invalid(property, $"", wrong with { Text = address.Email });
            TextCheck.ThrowIfNotHeaderText(property, address.Name);
        }
    }

    private static void CheckKeywords(Email email)
    {
        foreach (var keyword in email.Keywords)
            TextCheck.ThrowIfNotHeaderText(nameof(Email.Keywords), keyword ?? throw ContainsNull(nameof(Email.Keywords)));
    }

    private static void CheckHeaders(Email email)
    {
        foreach (var header in email.Headers)
            CheckHeader(header);
    }

    private static void CheckHeader(EmailHeader header)
    {
        if (string.IsNullOrEmpty(header.Name))
            return;
        if (!MimeNames.IsFieldName(header.Name))
            throw TextCheck.Invalid(nameof(Email.Headers), "a name may contain only printable ASCII characters except spaces and colons");
        TextCheck.ThrowIfNotHeaderText($"{nameof(Email.Headers)}[{header.Name}]", header.Value);
    }

    private static void CheckPriority(Email email)
    {
        if (!Enum.IsDefined(email.Priority))
            throw TextCheck.Invalid(nameof(Email.Priority), $"{(int)email.Priority} is not a valid priority");
    }

    private static void CheckNotifications(Email email)
    {
        if (!IsValid(email.Notify))
            throw TextCheck.Invalid(nameof(Email.Notify), "Never cannot be combined with other values");
        if (email.EnvelopeId is { } id && (id.Length is 0 or > MaxEnvelopeIdLength || id.Any(c => c is <= ' ' or >= (char)127)))
            throw TextCheck.Invalid(nameof(Email.EnvelopeId), $"1 to {MaxEnvelopeIdLength} printable ASCII characters are allowed");
    }

    private static void CheckTlsRequirement(Email email)
    {
        if (!Enum.IsDefined(email.TlsRequirement))
            throw TextCheck.Invalid(nameof(Email.TlsRequirement), $"{(int)email.TlsRequirement} is not a valid requirement");
        if (email.TlsRequirement == TlsRequirement.Required
            && email.Headers.Find(HeaderFields.TlsRequired) is not null)
            throw TextCheck.Invalid(
                nameof(Email.TlsRequirement), $"Required contradicts the field {HeaderFields.TlsRequired} in {nameof(Email.Headers)}");
    }

    private static void CheckEncryption(Email email)
    {
        if (email.EncryptFor.Contains(null!))
            throw ContainsNull(nameof(Email.EncryptFor));
    }

    private static bool IsValid(DeliveryNotifications notify)
    {
        const DeliveryNotifications all = DeliveryNotifications.Success | DeliveryNotifications.Failure | DeliveryNotifications.Delay;
        return notify == DeliveryNotifications.Never || (notify & ~all) == 0;
    }

    private static void CheckCalendar(Email email)
    {
        const string property = nameof(Email.Calendar);
        if (email.OwnBodies.Calendar is not { } calendar)
            return;
        if (string.IsNullOrEmpty(calendar.Method) || !calendar.Method.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw TextCheck.Invalid(property, "the method must be a word such as REQUEST");
        TextCheck.ThrowIfNotUnicode(property, calendar.Content ?? throw TextCheck.Invalid(property, "the content is null"));
    }

    private static void CheckAlternatives(Email email)
    {
        const string property = nameof(Email.Alternatives);
        foreach (var alternative in email.OwnAlternatives)
        {
            if (alternative?.Content is null || alternative.Type is null)
                throw ContainsNull(property);
            if (!AlternativeParts.IsType(alternative.Type) || !MediaTypes.IsValid(alternative.Type))
            {
                throw TextCheck.Invalid(
                    property,
                    $"the type \"{alternative.Type}\" must be a text type without parameters, and not that of another body");
            }
            TextCheck.ThrowIfNotUnicode(property, alternative.Content);
        }
    }

    private static void CheckAttachment(MailAttachment attachment, int index)
    {
        if (attachment is null)
            throw TextCheck.Invalid(Label(), "it is null");
        if (!TextCheck.IsPlain(attachment.Name))
            TextCheck.ThrowIfNotHeaderText(Label(nameof(attachment.Name)), attachment.Name);
        if (!MediaTypes.IsValidForAttachment(attachment.Type))
        {
            throw TextCheck.Invalid(
                Label(nameof(attachment.Type), attachment), $"\"{ServerText.Clean(attachment.Type)}\" is not a valid media type");
        }
        if (InvalidCid(attachment.Cid) is { } cid)
            throw TextCheck.Invalid(Label(nameof(attachment.Cid), attachment), cid);
        if (InvalidDisposition(attachment.Disposition) is { } disposition)
            throw TextCheck.Invalid(Label(nameof(attachment.Disposition), attachment), disposition);

        string Label(string? member = null, MailAttachment? named = null) => string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(Email.Attachments)}[{index}]{(member is null ? "" : $".{member}")}{(named is null ? "" : $" (\"{named.Name}\")")}");
    }

    private static void CheckParts(Email email)
    {
        foreach (var part in BodyStructureWalker.Parts(email.BodyStructure!))
            CheckPart(part);
        foreach (var (id, value) in email.BodyValues!)
            TextCheck.ThrowIfNotUnicode($"{nameof(Email.BodyValues)}[{id}]", value.Value);
    }

    private static void CheckPart(MailPart part)
    {
        const string property = nameof(Email.BodyStructure);
        _ = MediaTypes.Parse(part);
        var label = part.Name ?? part.PartId ?? part.Type;
        if (InvalidCid(part.Cid) is { } cid)
            throw TextCheck.Invalid(property, $"the cid of \"{label}\": {cid}");
        if (InvalidDisposition(part.Disposition) is { } disposition)
            throw TextCheck.Invalid(property, $"the disposition of \"{label}\": {disposition}");
        TextCheck.ThrowIfNotHeaderText(property, part.Name);
        TextCheck.ThrowIfNotHeaderText(property, part.Location);
        if (part.Charset is not null && !MimeNames.IsCharset(part.Charset))
            throw TextCheck.Invalid(property, $"the charset of \"{part.PartId}\" is not a valid name");
        foreach (var language in part.Language)
            TextCheck.ThrowIfNotHeaderText(property, language);
        foreach (var (name, value) in part.Parameters)
        {
            TextCheck.ThrowIfNotHeaderText(property, value);
            if (!MimeNames.IsParameter(name))
                throw TextCheck.Invalid(property, "the name of a parameter may contain only ASCII letters, digits, \"-\", \"_\" and \".\"");
        }
        foreach (var header in part.Headers)
            CheckHeader(header);
    }

    private static string? InvalidCid(string? cid) => cid is null || MimeNames.IsContentId(cid)
        ? null
        : $"\"{ServerText.Clean(cid)}\" is not a valid Content-ID: 1 to 900 printable ASCII characters except spaces and angle brackets";

    private static string? InvalidDisposition(string? disposition) =>
        disposition is null
        || disposition.Equals("inline", StringComparison.OrdinalIgnoreCase)
        || disposition.Equals("attachment", StringComparison.OrdinalIgnoreCase)
            ? null
            : $"\"{ServerText.Clean(disposition)}\" must be \"attachment\" or \"inline\"";

    private static EmailContentException ContainsNull(string property) => TextCheck.Invalid(property, "the list contains null");

    private static EmailContentException Invalid(string property, ErrorText what, AddressProblem problem) =>
        new(SmtpErrorCodes.InvalidAddress, $"{property:own}: {what}{problem.Shown}.", inner: null) { Property = property };

    private static EmailContentException Error(int code, string property, string problem) =>
        new(code, $"{property}: {problem}.") { Property = property };
}
