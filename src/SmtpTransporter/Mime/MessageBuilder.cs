using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>Builds a message and its envelope from an email. It opens the attachments' files, and uses no network.</summary>
internal static class MessageBuilder
{
    // The clocks of those who make and who send a message differ by so much.
    private static readonly TimeSpan MaxClockDifference = TimeSpan.FromMinutes(5);

    // Never taken from Headers: the fields of the body are written here, Bcc belongs to the envelope only, and the last server writes
    // Return-Path.
    private static readonly string[] Excluded = ["MIME-Version", "Bcc", "Resent-Bcc", "Return-Path"];

    /// <summary>Builds the message of an email that is to be sent. The email is not changed.</summary>
    /// <param name="async">Whether attachments that must be read now are read without blocking a thread.</param>
    /// <param name="given">The email.</param>
    /// <param name="rules">The fields that every email gets; null if there are none.</param>
    /// <param name="options">How the message is written.</param>
    /// <param name="time">The clock for the Date field.</param>
    /// <param name="cancellationToken">Cancels reading attachments.</param>
    /// <exception cref="EmailContentException">The email cannot be written or sent.</exception>
    public static async ValueTask<OutgoingMessage> BuildAsync(
        bool async, Email given, EmailFieldRules? rules, MimeWriteOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var email = EmailValidator.Checked(given, rules);
        EmailValidator.CheckCanBeSent(email);
        var envelope = new Envelope(Sender(email), Recipients(email));
        if (email.EncryptFor.Count > 0)
            EncryptionCheck.Check(email, envelope.Recipients);
        var open = new List<IDisposable>();
        var warnings = Warnings(email, time);
        var (node, messageId) = await WriteAsync(async, email, options, time, open, cancellationToken).ConfigureAwait(false);
        return new OutgoingMessage(envelope, new BuiltMessage(node, open), messageId, email)
        {
            Notify = email.Notify,
            EnvelopeId = email.EnvelopeId,
            Stream = email.Stream,
            RequiresTls = email.TlsRequirement == TlsRequirement.Required,
            SmtpUtf8Address = SmtpUtf8Address(email),
            Warnings = warnings,
        };
    }

    /// <inheritdoc cref="BuildAsync"/>
    public static OutgoingMessage Build(Email given, MimeWriteOptions options, TimeProvider time, EmailFieldRules? rules = null) =>
        BuildAsync(async: false, given, rules, options, time, CancellationToken.None).GetCompletedResult();

    private static SmtpError[] Warnings(Email email, TimeProvider time)
    {
        if (email.SendAt is not { } date || !IsLater(date, time.GetUtcNow()))
            return [];
        var day = date.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return
        [
            SmtpError.Of(
                SmtpErrorCodes.SentAtOnce,
                $"SendAt is {day:own}, which is only the Date field of the message: a send does not wait for it.", "mail"),
        ];
    }

    /// <summary>Whether a date of a message is so far in the future that it must mean when to send it.</summary>
    public static bool IsLater(DateTimeOffset date, DateTimeOffset now) => date - now > MaxClockDifference;

    private static string Sender(Email email)
    {
        var sender = email.Envelope?.Sender ?? email.ReturnPath ?? (email.Sender.Count > 0 ? email.Sender[0] : email.From[0]).Email;
        return sender.Length == 0 ? "" : AddressSpec.WithAsciiDomain(sender);
    }

    private static string[] Recipients(Email email)
    {
        if (email.Envelope is { } envelope)
            return [.. envelope.Recipients.Select(AddressSpec.WithAsciiDomain)];
        var recipients = new string[email.To.Count + email.Cc.Count + email.Bcc.Count];
        var next = 0;
        foreach (var addresses in (ReadOnlySpan<EmailAddresses>)[email.To, email.Cc, email.Bcc])
        {
            for (var i = 0; i < addresses.Count; i++)
                recipients[next++] = AddressSpec.WithAsciiDomain(addresses[i].Email);
        }
        return recipients;
    }

    private static string? SmtpUtf8Address(Email email)
    {
        return email.Envelope is { } envelope && IsInEnvelope(envelope) ? nameof(Email.Envelope)
            : !string.IsNullOrEmpty(email.ReturnPath) && AddressSpec.NeedsSmtpUtf8(email.ReturnPath) ? nameof(Email.ReturnPath)
            : In(email.From) ? nameof(Email.From)
            : In(email.Sender) ? nameof(Email.Sender)
            : In(email.ReplyTo) ? nameof(Email.ReplyTo)
            : In(email.To) ? nameof(Email.To)
            : In(email.Cc) ? nameof(Email.Cc)
            : email.Envelope is null && In(email.Bcc) ? nameof(Email.Bcc)
            : HeaderFields.SmtpUtf8Field(email.Headers);

        static bool IsInEnvelope(MailEnvelope envelope) =>
            envelope.Recipients.Any(AddressSpec.NeedsSmtpUtf8) || (envelope.Sender is { Length: > 0 } s && AddressSpec.NeedsSmtpUtf8(s));

        static bool In(EmailAddresses addresses) => addresses.Count > 0 && addresses.Any(a => AddressSpec.NeedsSmtpUtf8(a.Email));
    }

    /// <summary>
    /// Writes a checked email as MIME. It gets the Message-ID and the date that are written, so that it can be written again as the same
    /// message. Attachments that were opened are closed again if it fails.
    /// </summary>
    /// <param name="async">Whether attachments that must be read now are read without blocking a thread.</param>
    /// <param name="email">The checked email.</param>
    /// <param name="options">How the message is written.</param>
    /// <param name="time">The clock for the Date field.</param>
    /// <param name="open">Receives the attachments that are opened.</param>
    /// <param name="cancellationToken">Cancels reading attachments.</param>
    /// <exception cref="EmailContentException">The email cannot be written.</exception>
    public static async ValueTask<(MimeNode Message, string MessageId)> WriteAsync(
        bool async, Email email, MimeWriteOptions options, TimeProvider time, List<IDisposable> open, CancellationToken cancellationToken)
    {
        try
        {
            var messageId = MessageIds.Given(email) is { } given
                ? MessageIds.Parse(nameof(Email.MessageId), given)
                : NewMessageId(email);
            var (hasId, hasDate) = (email.MessageId is not null, email.SendAt is not null);
            // A message that was read and is only written again remains as it is.
            if (email.ReceivedHeader.IsEmpty || options.IsSent)
                Complete(email, messageId, time);
            var body = await new MimeTreeBuilder(async, email, options, open, cancellationToken).BuildAsync().ConfigureAwait(false);
            body.DeclareEightBit();
            var message = email.ReceivedHeader.IsEmpty
                ? body.WithMessageFields(Fields(email, options.Header))
                : Received(body, email, options, [.. hasId ? (string[])[] : ["Message-ID"], .. hasDate ? (string[])[] : ["Date"]]);
            return (message, messageId);
        }
        catch
        {
            open.ForEach(stream => stream.Dispose());
            throw;
        }
    }

    /// <summary>Sets the Message-ID and the date that a message must have.</summary>
    private static void Complete(Email email, string messageId, TimeProvider time)
    {
        email.MessageId = messageId;
        if (!email.Headers.Any(IsDate))
            email.SendAt ??= time.GetUtcNow();
    }

    private static MimeNode Received(MimeNode body, Email email, MimeWriteOptions options, string[] made) =>
        ReceivedHeader.Merge(
            body, email, one => Fields(one, mode: null), isWritten => Fields(email, options.Header, isWritten), made, options);

    /// <param name="email">The email.</param>
    /// <param name="mode">How text is encoded; null to compare the fields only, as text.</param>
    /// <param name="isWritten">The fields to write; null for all.</param>
    private static List<MimeField> Fields(Email email, MailMode? mode, Predicate<string>? isWritten = null)
    {
        var fields = new List<MimeField>(12);
        if (email.SendAt is { } date)
            Raw("Date", date.UtcDateTime.ToString("ddd, dd MMM yyyy HH':'mm':'ss +0000", CultureInfo.InvariantCulture));
        else if (email.Headers.FirstOrDefault(IsDate) is { } header)
            Text("Date", header.Value);
        Addresses("From", email.From);
        Addresses("Sender", email.Sender);
        Addresses("Reply-To", email.ReplyTo);
        Addresses("To", email.To);
        Addresses("Cc", email.Cc);
        Text("Subject", email.Subject);
        if (email.MessageId is { } messageId)
            Raw("Message-ID", $"<{messageId}>");
        if (email.InReplyTo is not null)
            Ids("In-Reply-To", MessageIds.ParseAll(nameof(Email.InReplyTo), [email.InReplyTo]));
        if (email.References.Count > 0)
            Ids("References", MessageIds.ParseAll(nameof(Email.References), email.References));
        if (email.Keywords.Count > 0)
            Raw("Keywords", mode is null ? string.Join(',', email.Keywords) : HeaderText.Phrases("Keywords", email.Keywords, mode));
        Text("Comments", email.Comments);
        if (email.Priority != MailPriority.Normal)
        {
            var high = email.Priority == MailPriority.High;
            Raw("Importance", high ? "high" : "low");
            Raw("Priority", high ? "urgent" : "non-urgent");
            Raw("X-Priority", high ? "1" : "5");
        }
        if (email.TlsRequirement == TlsRequirement.NotRequired)
            Raw(HeaderFields.TlsRequired, "No");
        var own = fields.Count;
        foreach (var header in email.Headers)
        {
            if (!string.IsNullOrEmpty(header.Name) && !IsExcluded(email, header.Name)
                && !fields.Take(own).Any(f => header.IsNamed(f.Name)))
                Text(header.Name, header.Value);
        }
        Raw("MIME-Version", "1.0");
        return fields;

        void Addresses(string field, EmailAddresses addresses)
        {
            if (addresses.Count > 0 && isWritten?.Invoke(field) != false)
                Raw(field, mode is null ? addresses.ToString() : HeaderText.Addresses(field, addresses, mode));
        }

        void Ids(string field, IReadOnlyList<string> ids)
        {
            if (ids.Count > 0)
                Raw(field, string.Join("\r\n ", ids.Select(id => $"<{id}>")));
        }

        void Text(string field, string? value)
        {
            if (value is not null && isWritten?.Invoke(field) != false)
                Raw(field, mode is null ? value : HeaderFields.Write(field, value, mode));
        }

        void Raw(string field, string value)
        {
            if (isWritten?.Invoke(field) != false)
                fields.Add(new MimeField(field, value));
        }
    }

    // An email that was read may have a Date that is empty or not a date.
    private static bool IsDate(EmailHeader header) =>
        header.IsNamed("Date") && header.Value is { } value && Ascii.IsValid(value) && MimeKit.Utils.DateUtils.TryParse(value, out _);

    // Only an email that was read has a size.
    private static bool IsExcluded(Email email, string name) =>
        HeaderOctets.IsOfPart(name)
        || Excluded.Contains(name, StringComparer.OrdinalIgnoreCase)
        || (email.Size is not null && email.ReceivedHeader.IsEmpty && ReceivedHeader.IsOfOneMessage(name));

    // In the domain of From, because receivers compare the two; the name of the machine remains private.
    private static string NewMessageId(Email email)
    {
        var from = email.From.Count > 0 ? AddressSpec.WithAsciiDomain(email.From[0].Email) : "";
        var domain = from.Length > 0 ? AddressSpec.DomainOf(from) : "localhost";
        return string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}@{domain}");
    }
}
