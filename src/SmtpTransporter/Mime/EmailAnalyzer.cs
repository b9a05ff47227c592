using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>The rules of <see cref="Email.Analyze"/>, each a method.</summary>
internal static partial class EmailAnalyzer
{
    // Where Gmail cuts a message off and shows a link instead: 102 KB of HTML, the images not counted.
    private const int GmailClip = 102 * 1024;

    // What Gmail and Microsoft 365 refuse by its extension, even in archives.
    private static readonly HashSet<string> Blocked = new(
        "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta img ins iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr sct shb sys vb vbe vbs vhd vxd wsc wsf wsh xll"
            .Split(' '),
        StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<EmailDiagnostic> Findings(Email email, ServerOptions options, long? sizeLimit) =>
        Sendable(email, options, sizeLimit)
            .Concat(Placeholders(email)).Concat(Cids(email)).Concat(LongLines(email)).Concat(Html(email)).Concat(Attachments(email)).Concat(Dkim(email, options));

    private static IEnumerable<EmailDiagnostic> Sendable(Email email, ServerOptions options, long? sizeLimit)
    {
        OutgoingMessage? outgoing = null;
        EmailDiagnostic? finding = null;
        try
        {
            outgoing = MessageBuilder.Build(email, MimeWriteOptions.FromServerOptions(options), TimeProvider.System);
            var size = outgoing.SerializeAsync(async: false, sevenBit: false, measure: true, CancellationToken.None).GetCompletedResult().Size;
            if (size > sizeLimit)
                finding = Error("too-large", "Size", $"The mail has {size} octets; the server takes at most {sizeLimit}.");
        }
        catch (EmailContentException exception)
        {
            finding = Error("invalid", exception.Property, exception.Message);
        }
        finally
        {
            outgoing?.Dispose();
        }
        return finding is null ? [] : [finding];
    }

    private static IEnumerable<EmailDiagnostic> Placeholders(Email email)
    {
        foreach (var (property, text) in Texts(email))
        {
            foreach (var name in Placeholder().Matches(text).Select(m => m.Value).Distinct())
                yield return Error("placeholder", property, $"The placeholder {name} was left.");
        }
        if (string.IsNullOrWhiteSpace(email.Subject))
            yield return Warning("no-subject", nameof(Email.Subject), "The mail has no subject.");
    }

    private static IEnumerable<EmailDiagnostic> Cids(Email email)
    {
        var used = CidReference().Matches(email.HtmlBody ?? "").Select(m => WebUtility.UrlDecode(WebUtility.HtmlDecode(m.Groups[1].Value))).ToHashSet(StringComparer.Ordinal);
        var there = email.Attachments.Select(a => a?.Cid).OfType<string>().ToList();
        foreach (var cid in used.Where(c => !there.Contains(c)))
            yield return Error("cid-missing", nameof(Email.HtmlBody), $"There is no attachment with the cid \"{cid}\".");
        foreach (var cid in there.Where(c => !used.Contains(c)).Distinct())
            yield return Warning("cid-unused", nameof(Email.Attachments), $"The HTML does not refer to the cid \"{cid}\".");
        foreach (var cid in there.GroupBy(c => c).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return Error("cid-missing", nameof(Email.Attachments), $"The cid \"{cid}\" is there twice: which of them is shown is a guess.");
    }

    private static IEnumerable<EmailDiagnostic> LongLines(Email email)
    {
        foreach (var (property, text) in new[] { (nameof(Email.TextBody), email.TextBody), (nameof(Email.HtmlBody), email.HtmlBody) })
        {
            var number = 0;
            foreach (var line in (text ?? "").AsSpan().EnumerateLines())
            {
                number++;
                if (line.Length <= 998 && System.Text.Encoding.UTF8.GetByteCount(line) <= 998)
                    continue;
                return [Warning("long-line", property, string.Create(CultureInfo.InvariantCulture, $"Line {number} has more than 998 octets (RFC 5322): it goes out encoded."))];
            }
        }
        return [];
    }

    private static IEnumerable<EmailDiagnostic> Html(Email email)
    {
        if (string.IsNullOrEmpty(email.HtmlBody))
            yield break;
        var size = System.Text.Encoding.UTF8.GetByteCount(email.HtmlBody);
        if (size > GmailClip)
            yield return Warning("clipped", nameof(Email.HtmlBody), $"The HTML has {size} octets; Gmail cuts off what is over {GmailClip}.");
        if (string.IsNullOrWhiteSpace(email.TextBody))
            yield return Warning("no-text", nameof(Email.TextBody), "There is HTML, and no text for those who do not see it.");
    }

    private static IEnumerable<EmailDiagnostic> Attachments(Email email) =>
        email.Attachments.Where(a => a is not null && Blocked.Contains(Path.GetExtension(a.Name).TrimStart('.')))
            .Select(a => Warning("blocked-type", nameof(Email.Attachments), $"\"{a.Name}\" is of a type that many servers refuse."));

    private static IEnumerable<EmailDiagnostic> Dkim(Email email, ServerOptions options)
    {
        if (options.Dkim is not { } dkim || email.From.Count == 0)
            yield break;
        var from = email.From[0].Email;
        var domain = from[(from.LastIndexOf('@') + 1)..];
        // Relaxed alignment (RFC 7489, section 3.1.1): one may be below the other.
        if (!IsSameOrBelow(domain, dkim.Domain) && !IsSameOrBelow(dkim.Domain, domain))
            yield return Warning("dkim-domain", nameof(Email.From), $"From is of {domain}, and the DKIM key of {dkim.Domain}: DMARC does not count the signature.");
    }

    private static bool IsSameOrBelow(string domain, string other) =>
        domain.Equals(other, StringComparison.OrdinalIgnoreCase) || domain.EndsWith("." + other, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(string Property, string Text)> Texts(Email email)
    {
        var texts = new[] { (nameof(Email.Subject), email.Subject), (nameof(Email.TextBody), email.TextBody), (nameof(Email.HtmlBody), email.HtmlBody), (nameof(Email.To), email.To.ToString()) };
        return texts.Where(t => t.Item2 is not null).Select(t => (t.Item1, t.Item2!));
    }

    private static EmailDiagnostic Error(string code, string property, string message) => new(code, DiagnosticSeverity.Error, property, message);

    private static EmailDiagnostic Warning(string code, string property, string message) => new(code, DiagnosticSeverity.Warning, property, message);

    [GeneratedRegex(@"\{\{\s*[\p{L}_#/][^{}]{0,80}\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"[""'(=\s]cid:([^""'\s)>]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CidReference();
}
