using System.Globalization;

namespace SmtpTransport;

/// <summary>Converts between an email and its JSON.</summary>
internal static class EmailJsonMapper
{
    public static EmailJson ToJson(Email email)
    {
        // A tree of which nothing is left to be written is omitted.
        var attached = email.Attachments.ToHashSet();
        var root = email.BodyStructure is { } tree && BodyStructureWalker.IsWritten(attached, tree) ? tree : null;
        var blobs = BlobIds(email.Attachments);
        return new EmailJson
        {
            Id = email.Id,
            ReceivedAt = email.ReceivedAt,
            Size = email.Size,
            From = Addresses(email.From),
            Sender = Addresses(email.Sender),
            ReplyTo = Addresses(email.ReplyTo),
            To = Addresses(email.To),
            Cc = Addresses(email.Cc),
            Bcc = Addresses(email.Bcc),
            ReturnPath = email.ReturnPath,
            Envelope = Envelope(email.Envelope),
            Stream = email.Stream,
            MessageId = email.MessageId,
            SendAt = email.SendAt,
            Subject = email.Subject,
            Comments = email.Comments,
            Keywords = Texts(email.Keywords),
            InReplyTo = email.InReplyTo is null ? null : [email.InReplyTo],
            References = Texts(email.References),
            Headers = Headers(email.Headers),
            Priority = email.Priority == MailPriority.Normal ? null : email.Priority,
            Notify = email.Notify == DeliveryNotifications.Unspecified ? null : [.. email.Notify.ToString().ToLowerInvariant().Split(", ")],
            EnvelopeId = email.EnvelopeId,
            TlsRequirement = email.TlsRequirement switch
            {
                TlsRequirement.Required => "required",
                TlsRequirement.NotRequired => "notRequired",
                _ => null,
            },
            Calendar = root is null ? Calendar(email.Calendar) : null,
            Alternatives = root is null ? Alternatives(email.Alternatives) : null,
            TextBody = root is null ? email.TextBody : null,
            HtmlBody = root is null ? email.HtmlBody : null,
            BodyStructure = root is null ? null : Part(root, attached, blobs),
            BodyValues = root is null ? null : BodyValues(email, BodyStructureWalker.Written(attached, root)),
            Attachments = email.Attachments.Count == 0
                ? null
                : [.. email.Attachments.Select(a => Attachment(a, root is null ? null : blobs[a]))],
        };
    }

    private static Dictionary<MailAttachment, string> BlobIds(IEnumerable<MailAttachment> attachments)
    {
        var ids = new Dictionary<MailAttachment, string>();
        foreach (var attachment in attachments)
            ids.TryAdd(attachment, string.Create(CultureInfo.InvariantCulture, $"a{ids.Count + 1}"));
        return ids;
    }

    private static EmailJson.EnvelopeJson? Envelope(MailEnvelope? envelope) => envelope is null ? null : new EmailJson.EnvelopeJson
    {
        MailFrom = envelope.Sender is null ? null : new EmailJson.PathJson { Email = envelope.Sender },
        RcptTo = [.. envelope.Recipients.Select(r => new EmailJson.PathJson { Email = r })],
    };

    private static MailEnvelope? Envelope(EmailJson.EnvelopeJson? json) => json is null ? null : new MailEnvelope
    {
        Sender = json.MailFrom is null ? null : NotNull(json.MailFrom.Email, "mailFrom"),
        Recipients = [.. NotNull(json.RcptTo, "rcptTo").Select(r => NotNull(NotNull(r, "rcptTo").Email, "rcptTo"))],
    };

    private static MailCalendar ToCalendar(EmailJson.CalendarJson calendar) => calendar.Method is { } method
        ? new MailCalendar(calendar.Content, method)
        : new MailCalendar(calendar.Content);

    private static EmailJson.CalendarJson? Calendar(MailCalendar? calendar) =>
        calendar is null ? null : new EmailJson.CalendarJson { Content = calendar.Content, Method = calendar.Method };

    private static List<EmailJson.AlternativeJson>? Alternatives(IReadOnlyList<MailAlternative> alternatives) =>
        alternatives.Count == 0
            ? null
            : [.. alternatives.Select(a => new EmailJson.AlternativeJson { Content = a.Content, Type = a.Type })];

    private static Dictionary<string, EmailJson.ValueJson> BodyValues(Email email, IEnumerable<MailPart> written)
    {
        var ids = written.Select(p => p.PartId).ToHashSet();
        return email.BodyValues!.Where(v => ids.Contains(v.Key)).ToDictionary(v => v.Key, v => new EmailJson.ValueJson
        {
            Value = v.Value.Value,
            IsEncodingProblem = v.Value.IsEncodingProblem ? true : null,
        });
    }

    private static EmailJson.AttachmentJson Attachment(MailAttachment attachment, string? blobId) => new()
    {
        BlobId = blobId,
        Name = attachment.Name,
        Cid = attachment.Cid,
        Type = attachment.Type,
        Disposition = attachment.Disposition,
        Content = attachment.GetContent(),
    };

    /// <exception cref="FormatException">The JSON does not describe an email.</exception>
    public static Email ToEmail(EmailJson json)
    {
        var email = new Email
        {
            Id = json.Id,
            ReceivedAt = json.ReceivedAt,
            Size = json.Size,
            From = json.From ?? [],
            Sender = json.Sender ?? [],
            ReplyTo = json.ReplyTo ?? [],
            To = json.To ?? [],
            Cc = json.Cc ?? [],
            Bcc = json.Bcc ?? [],
            ReturnPath = json.ReturnPath,
            Envelope = Envelope(json.Envelope),
            Stream = json.Stream,
            MessageId = json.MessageId,
            SendAt = json.SendAt,
            Subject = json.Subject,
            Comments = json.Comments,
            InReplyTo = json.InReplyTo is null ? null : string.Join(' ', json.InReplyTo),
            Priority = json.Priority ?? MailPriority.Normal,
            Notify = (json.Notify ?? []).Aggregate(DeliveryNotifications.Unspecified, (all, one) => all | Notification(one)),
            EnvelopeId = json.EnvelopeId,
            TlsRequirement = json.TlsRequirement switch
            {
                null => TlsRequirement.Unspecified,
                "required" => TlsRequirement.Required,
                "notRequired" => TlsRequirement.NotRequired,
                var text => throw new FormatException($"tlsRequirement: \"{text}\" is not valid; valid are required and notRequired."),
            },
            Calendar = json.Calendar is { } calendar ? ToCalendar(calendar) : null,
            Alternatives =
            [
                .. (json.Alternatives ?? []).Select(a => NotNull(a, "alternatives")).Select(a => new MailAlternative(a.Content, a.Type)),
            ],
            TextBody = json.TextBody,
            HtmlBody = json.HtmlBody,
        };
        AddAll(email.Keywords, json.Keywords);
        AddAll(email.References, json.References);
        AddHeaders(email.Headers, json.Headers);
        var blobs = AddAttachments(email.Attachments, json.Attachments ?? []);
        email.BodyStructure = json.BodyStructure is null ? null : Part(json.BodyStructure, blobs);
        email.BodyValues = json.BodyValues?.ToDictionary(
            v => v.Key, v => new MailBodyValue(NotNull(v.Value, "bodyValues").Value, v.Value.IsEncodingProblem ?? false));
        return email;
    }

    /// <returns>The attachments by their blobId.</returns>
    private static Dictionary<string, MailAttachment> AddAttachments(
        IList<MailAttachment> to, IReadOnlyList<EmailJson.AttachmentJson> attachments)
    {
        var blobs = new Dictionary<string, MailAttachment>(StringComparer.Ordinal);
        foreach (var json in attachments)
        {
            var content = NotNull(json, "attachments").Content;
            var attachment = MailAttachment.FromBytes(content, json.Name, json.Cid, json.Type, json.Disposition);
            to.Add(attachment);
            if (json.BlobId is not null && !blobs.TryAdd(json.BlobId, attachment))
                throw new FormatException($"attachments: the blobId \"{json.BlobId}\" is used twice.");
        }
        return blobs;
    }

    private static EmailJson.PartJson Part(
        MailPart part, HashSet<MailAttachment> attached, Dictionary<MailAttachment, string> blobs) => new()
        {
            PartId = part.PartId,
            BlobId = part.Attachment is null ? null : blobs[part.Attachment],
            Type = part.Type,
            Parameters = part.Parameters.Count == 0 ? null : new Dictionary<string, string>(part.Parameters),
            Charset = part.Charset,
            Encoding = part.Encoding,
            Disposition = part.Disposition,
            Name = part.Name,
            Cid = part.Cid,
            Language = Texts(part.Language),
            Location = part.Location,
            Headers = Headers(part.Headers),
            SubParts = part.SubParts.Count == 0
            ? null
            : [.. part.SubParts.Where(p => BodyStructureWalker.IsWritten(attached, p)).Select(p => Part(p, attached, blobs))],
        };

    private static MailPart Part(EmailJson.PartJson json, Dictionary<string, MailAttachment> blobs)
    {
        if (json.PartId is not null && json.PartIdOfModel is not null)
            throw new FormatException("bodyStructure: a part has both partId and partID.");
        var part = new MailPart
        {
            PartId = json.PartId ?? json.PartIdOfModel,
            Type = json.Type ?? (json.SubParts is { Count: > 0 } ? "multipart/mixed" : "text/plain"),
            Charset = json.Charset,
            Encoding = json.Encoding,
            Disposition = json.Disposition,
            Name = json.Name,
            Cid = json.Cid,
            Location = json.Location,
            Attachment = json.BlobId is null ? null
                : blobs.TryGetValue(json.BlobId, out var blob) ? blob
                : throw new FormatException($"bodyStructure: no attachment has the blobId \"{json.BlobId}\"."),
        };
        foreach (var (name, value) in json.Parameters ?? new Dictionary<string, string>())
            part.Parameters[name] = NotNull(value, "parameters");
        AddAll(part.Language, json.Language);
        AddHeaders(part.Headers, json.Headers);
        foreach (var sub in json.SubParts ?? [])
            part.SubParts.Add(Part(NotNull(sub, "subParts"), blobs));
        return part;
    }

    private static DeliveryNotifications Notification(string text) => text switch
    {
        "success" => DeliveryNotifications.Success,
        "failure" => DeliveryNotifications.Failure,
        "delay" => DeliveryNotifications.Delay,
        "never" => DeliveryNotifications.Never,
        _ => throw new FormatException($"notify: \"{text}\" is not a valid notification; valid are success, failure, delay and never."),
    };

    private static EmailAddresses? Addresses(EmailAddresses addresses) => addresses is { Count: > 0 } ? addresses : null;

    private static List<string>? Texts(IList<string> texts) => texts.Count == 0 ? null : [.. texts];

    private static List<EmailJson.HeaderJson>? Headers(EmailHeaders headers) =>
        headers.Count == 0 ? null : [.. headers.Select(h => new EmailJson.HeaderJson { Name = h.Name, Value = h.Value })];

    private static void AddAll(IList<string> to, IReadOnlyList<string>? texts)
    {
        foreach (var text in texts ?? [])
            to.Add(text);
    }

    private static void AddHeaders(EmailHeaders to, IReadOnlyList<EmailJson.HeaderJson>? headers)
    {
        foreach (var header in headers ?? [])
            to.Add(NotNull(header, "headers").Name, header.Value);
    }

    private static T NotNull<T>(T? value, string property)
        where T : class =>
        value ?? throw new FormatException($"{property}: the list contains null.");
}
