using System.Globalization;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>Contains the rules of <see cref="Email.Analyze"/>, one method each.</summary>
internal static partial class EmailAnalyzer
{
    // Gmail cuts a message off at 102 KB of HTML, without images, and shows a link instead.
    private const int MaxGmailHtml = 102 * 1024;

    // The limit of Exchange Online for one message.
    private const int MaxExchangeAttachments = 250;

    // RFC 5322, section 2.1.1.
    private const int MaxLineLength = 998;

    public static IEnumerable<EmailDiagnostic> Findings(Email email, ServerOptions options, long? sizeLimit) =>
    [
        .. Sendable(email, options, sizeLimit),
        .. Surprises(email),
        .. Placeholders(email),
        .. Cids(email),
        .. LongLines(email),
        .. Html(email),
        .. Attachments(email),
        .. Calendar(email),
        .. Dkim(email, options),
    ];

    private static EmailDiagnostic[] Sendable(Email email, ServerOptions options, long? sizeLimit)
    {
        OutgoingMessage? outgoing = null;
        var rules = EmailFieldRules.Of(options);
        try
        {
            outgoing = MessageBuilder.Build(
                email, MimeWriteOptions.FromServerOptions(options), TimeProvider.System, rules);
            var serialized = outgoing.SerializeAsync(async: false, sevenBit: false, measure: true, CancellationToken.None)
                .GetCompletedResult();
            return serialized.Size <= (sizeLimit ?? long.MaxValue) ? [] :
            [
                Error(
                    EmailDiagnosticCodes.TooLarge, "Size",
                    $"The message has {serialized.Size} bytes; the server accepts at most {sizeLimit}."),
            ];
        }
        catch (EmailContentException exception)
        {
            return FindErrors(email, exception, rules);
        }
        finally
        {
            outgoing?.Dispose();
        }
    }

    /// <summary>Everything for which an email cannot be sent.</summary>
    /// <param name="email">The email.</param>
    /// <param name="thrown">What building its message has thrown: it may come from the content, which is not read again.</param>
    /// <param name="rules">The fields that every email gets; null if there are none.</param>
    public static EmailDiagnostic[] FindErrors(Email email, EmailContentException thrown, EmailFieldRules? rules = null)
    {
        var found = EmailValidator.FindErrors(email, rules);
        if (!found.Exists(e => e.Message == thrown.Message))
            found.Add(thrown);
        return [.. found.Select(e => Error(EmailDiagnosticCodes.Invalid, e.Property, e.Message))];
    }

    /// <summary>What is sent otherwise than its author may believe.</summary>
    private static IEnumerable<EmailDiagnostic> Surprises(Email email)
    {
        if (email.SendAt is { } date && MessageBuilder.IsLater(date, TimeProvider.System.GetUtcNow()))
        {
            yield return Warning(
                EmailDiagnosticCodes.SendAt, nameof(Email.SendAt),
                "SendAt is the Date field of the message: a send does not wait for it. The outbox sends later (EnqueueAsync "
                + "with sendAt).");
        }
        foreach (var name in IgnoredHeaders(email))
        {
            yield return Warning(
                EmailDiagnosticCodes.IgnoredHeader, nameof(Email.Headers),
                $"The field {name} in Headers is not written: a property of the email has it, or it is written by itself.");
        }
        if (email is { BodyStructure: null, Attachments.Count: 0, Calendar: null, Alternatives.Count: 0 }
            && string.IsNullOrWhiteSpace(email.TextBody) && string.IsNullOrWhiteSpace(email.HtmlBody))
            yield return Warning(EmailDiagnosticCodes.Empty, nameof(Email.TextBody), "The email has no body and no attachment.");
    }

    private static IEnumerable<string> IgnoredHeaders(Email email)
    {
        // A message that was read has its fields twice: as it had them, and as properties.
        if (!email.ReceivedHeader.IsEmpty || email.Size is not null)
            return [];
        (string Name, bool IsSet)[] own =
        [
            ("Date", email.SendAt is not null), ("From", email.From.Count > 0), ("Sender", email.Sender.Count > 0),
            ("Reply-To", email.ReplyTo.Count > 0), ("To", email.To.Count > 0), ("Cc", email.Cc.Count > 0), ("Bcc", true),
            ("Subject", email.Subject is not null), ("Message-ID", email.MessageId is not null),
            ("In-Reply-To", email.InReplyTo is not null), ("References", email.References.Count > 0),
            ("Keywords", email.Keywords.Count > 0), ("Comments", email.Comments is not null), ("MIME-Version", true),
            ("Return-Path", true),
        ];
        return email.Headers.Where(h => own.Any(o => o.IsSet && h.IsNamed(o.Name))).Select(h => h.Name ?? "")
            .Distinct(StringComparer.OrdinalIgnoreCase);
    }

    private static IEnumerable<EmailDiagnostic> Placeholders(Email email)
    {
        foreach (var (property, text) in Texts(email))
        {
            foreach (var name in Placeholder().Matches(text).Select(m => m.Value).Distinct())
                yield return Error(EmailDiagnosticCodes.Placeholder, property, $"The placeholder {name} was not replaced.");
        }
        if (string.IsNullOrWhiteSpace(email.Subject))
            yield return Warning(EmailDiagnosticCodes.NoSubject, nameof(Email.Subject), "The email has no subject.");
    }

    private static IEnumerable<EmailDiagnostic> Cids(Email email)
    {
        var used = CidReferences.Find(email.HtmlBody ?? "");
        var attached = email.Attachments.Select(a => a?.Cid).OfType<string>().ToList();
        foreach (var cid in used.Where(c => !attached.Contains(c)))
            yield return Error(EmailDiagnosticCodes.CidMissing, nameof(Email.HtmlBody), $"No attachment has the cid \"{cid}\".");
        foreach (var cid in attached.Where(c => !used.Contains(c)).Distinct())
            yield return Warning(
                EmailDiagnosticCodes.CidUnused, nameof(Email.Attachments), $"The HTML does not refer to the cid \"{cid}\".");
        foreach (var cid in attached.GroupBy(c => c).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            yield return Error(
                EmailDiagnosticCodes.CidMissing, nameof(Email.Attachments),
                $"The cid \"{cid}\" is used twice: it is not defined which attachment is shown.");
        }
    }

    private static IEnumerable<EmailDiagnostic> LongLines(Email email)
    {
        foreach (var (property, text) in new[] { (nameof(Email.TextBody), email.TextBody), (nameof(Email.HtmlBody), email.HtmlBody) })
        {
            var number = 0;
            foreach (var line in (text ?? "").AsSpan().EnumerateLines())
            {
                number++;
                if (line.Length <= MaxLineLength && System.Text.Encoding.UTF8.GetByteCount(line) <= MaxLineLength)
                    continue;
                var message = string.Create(
                    CultureInfo.InvariantCulture, $"Line {number} has more than {MaxLineLength} bytes (RFC 5322): it is sent encoded.");
                return [Warning(EmailDiagnosticCodes.LongLine, property, message)];
            }
        }
        return [];
    }

    private static IEnumerable<EmailDiagnostic> Html(Email email)
    {
        if (string.IsNullOrEmpty(email.HtmlBody))
            yield break;
        var size = System.Text.Encoding.UTF8.GetByteCount(email.HtmlBody);
        if (size > MaxGmailHtml)
            yield return Warning(
                EmailDiagnosticCodes.Clipped, nameof(Email.HtmlBody), $"The HTML has {size} bytes; Gmail cuts it off at {MaxGmailHtml}.");
        if (string.IsNullOrWhiteSpace(email.TextBody))
            yield return Warning(
                EmailDiagnosticCodes.NoText, nameof(Email.TextBody), "The email has HTML, but no text for recipients who do not see HTML.");
        if (DataUriReference().IsMatch(email.HtmlBody))
            yield return Warning(
                EmailDiagnosticCodes.DataUri, nameof(Email.HtmlBody),
                "The HTML has an image as a data: URI, which many mail clients do not show. EmbedImages makes attachments of images.");
    }

    private static IEnumerable<EmailDiagnostic> Attachments(Email email)
    {
        const string property = nameof(Email.Attachments);
        if (email.Attachments.Count > MaxExchangeAttachments)
        {
            yield return Warning(
                EmailDiagnosticCodes.ManyAttachments, property,
                $"The email has {email.Attachments.Count} attachments; Exchange Online accepts at most {MaxExchangeAttachments}.");
        }
        foreach (var attachment in email.Attachments.Where(a => a is not null))
        {
            if (AttachmentNames.IsRefused(attachment.Name))
            {
                yield return Warning(
                    EmailDiagnosticCodes.BlockedType, property, $"\"{attachment.Name}\" has a type that many servers refuse.");
            }
            if (IsEmpty(attachment))
                yield return Warning(EmailDiagnosticCodes.EmptyAttachment, property, $"{email.LabelOf(attachment)}: the content is empty.");
        }
    }

    private static bool IsEmpty(MailAttachment attachment)
    {
        try
        {
            using var content = attachment.OpenAsync(async: false, CancellationToken.None).GetCompletedResult();
            return content.Position >= content.Length;
        }
#pragma warning disable CA1031 // A stream may throw anything. What cannot be read is an error of the email.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static IEnumerable<EmailDiagnostic> Calendar(Email email)
    {
        if (email.Calendar is not { Content: not null } calendar)
            yield break;
        var method = CalendarText.FindMethod(calendar.Content);
        if (method is null)
        {
            yield return Warning(
                EmailDiagnosticCodes.CalendarMethod, nameof(Email.Calendar),
                $"The calendar text has no METHOD; it must be {calendar.Method}, as in the email (RFC 6047, section 2.4).");
        }
        else if (!method.Equals(calendar.Method, StringComparison.OrdinalIgnoreCase))
        {
            yield return Error(
                EmailDiagnosticCodes.CalendarMethod, nameof(Email.Calendar),
                $"The method is {calendar.Method}, but that of the calendar text is {method} (RFC 6047, section 2.4).");
        }
    }

    private static IEnumerable<EmailDiagnostic> Dkim(Email email, ServerOptions options)
    {
        List<DkimOptions> keys = options.Dkim is { } first ? [first, .. options.DkimKeys] : [.. options.DkimKeys];
        if (keys.Count == 0 || email.From.Count == 0)
            yield break;
        var domain = AsciiDomain(AddressSpec.DomainOf(email.From[0].Email));
        // One signature that counts is enough: the key whose domain is nearest decides.
        var key = keys.Select(k => AsciiDomain(k.Domain))
            .MaxBy(k => k.Equals(domain, StringComparison.OrdinalIgnoreCase) ? int.MaxValue : CountSharedLabels(domain, k))!;
        if (domain.Equals(key, StringComparison.OrdinalIgnoreCase))
            yield break;
        // Relaxed alignment (RFC 9989) compares the organizational domains, which are found by looking up DNS. What can be told
        // without DNS: a top-level domain is none, and domains that share nothing else have different ones.
        yield return CountSharedLabels(domain, key) < 2
            ? Warning(
                EmailDiagnosticCodes.DkimDomain, nameof(Email.From),
                $"From has the domain {domain}, and the DKIM key has {key}: DMARC ignores the signature.")
            : new(
                EmailDiagnosticCodes.DkimDomain, DiagnosticSeverity.Information, nameof(Email.From),
                $"From has the domain {domain}, and the DKIM key has {key}: DMARC counts the signature only if both belong to one "
                    + "organization, and its policy is not strict (adkim=s). Only DNS tells that (RFC 9989).");
    }

    private static string AsciiDomain(string domain) =>
        AddressSpec.Check($"x@{domain}") is null ? AddressSpec.DomainOf(AddressSpec.WithAsciiDomain($"x@{domain}")) : domain;

    /// <summary>How many labels at the end of both domains are the same.</summary>
    private static int CountSharedLabels(string left, string right)
    {
        var (a, b) = (left.Split('.'), right.Split('.'));
        var count = 0;
        while (count < Math.Min(a.Length, b.Length) && a[^(count + 1)].Equals(b[^(count + 1)], StringComparison.OrdinalIgnoreCase))
            count++;
        return count;
    }

    private static IEnumerable<(string Property, string Text)> Texts(Email email)
    {
        var texts = new[]
        {
            (nameof(Email.Subject), email.Subject),
            (nameof(Email.TextBody), email.TextBody),
            (nameof(Email.HtmlBody), email.HtmlBody),
            (nameof(Email.To), email.To.ToString()),
        };
        return texts.Where(t => t.Item2 is not null).Select(t => (t.Item1, t.Item2!));
    }

    private static EmailDiagnostic Error(string code, string property, string message) =>
        new(code, DiagnosticSeverity.Error, property, message);

    private static EmailDiagnostic Warning(string code, string property, string message) =>
        new(code, DiagnosticSeverity.Warning, property, message);

    [GeneratedRegex(@"\{\{\s*[\p{L}_#/][^{}]{0,80}\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"[""'(=\s;]data:image/", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DataUriReference();
}
