using System.Net;
using System.Text.RegularExpressions;

namespace SmtpTransport.Templates;

/// <summary>Makes an email from the HTML of a template.</summary>
internal sealed partial class EmailAssembler(EmailTemplateOptions options, TemplateFolder folder)
{
    private readonly CssInliner _inliner = new();

    /// <param name="html">What the template has written.</param>
    /// <param name="template">Its name, for errors.</param>
    public Email Assemble(string html, string template)
    {
        var markup = HtmlMarkup.Read(html);
        var (inlined, mayHide) = options.InlineCss ? _inliner.Inline(markup) : (html, false);
        var email = new Email { HtmlBody = mayHide ? inlined : html };
        // The attributes matter to the text only if they hide something, and reading them takes longer than all the rest.
        email.GenerateTextBody();
        email.HtmlBody = inlined;
        try
        {
            ReadMarkup(email, markup);
            if (options.EmbedImages)
                email.EmbedImages(folder.Path);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or FileNotFoundException)
        {
            throw new EmailTemplateException(template, null, exception.Message, exception);
        }
        options.OnRendered?.Invoke(email);
        return email;
    }

    private static void ReadMarkup(Email email, HtmlMarkup markup)
    {
        Uri? url = null;
        string? mailto = null;
        for (var i = 0; i < markup.Tags.Count; i++)
        {
            var tag = markup.Tags[i];
            if (tag.IsEnd)
                continue;
            if (tag.Name == "title" && email.Subject is null)
                email.Subject = Spaces().Replace(WebUtility.HtmlDecode(markup.TextAfter(i)), " ").Trim();
            else if (tag.Name == "a" && IsUnsubscribe(markup.ValueOf(tag, "rel")) && markup.ValueOf(tag, "href")?.Trim() is { } address)
            {
                if (address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
                    mailto ??= address;
                else
                    url ??= ReadUrl(address);
            }
        }
        if (url is not null || mailto is not null)
            email.AddListUnsubscribe(url, mailto);
    }

    private static bool IsUnsubscribe(string? rel) =>
        rel is not null && rel.Split(' ').Contains("unsubscribe", StringComparer.OrdinalIgnoreCase);

    private static Uri ReadUrl(string address)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps)
            return url;
        // The rest of the address tells who the recipient is, and the messages of exceptions are logged.
        var scheme = address[..Math.Max(0, address.IndexOf(':', StringComparison.Ordinal))];
        var problem = !Uri.CheckSchemeName(scheme) ? "has no scheme"
            : scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase) ? "is not valid"
            : $"begins with \"{scheme}:\"";
        throw new FormatException(
            $"The address of the link with rel=\"unsubscribe\" {problem}; it must be an https: or mailto: address (RFC 8058).");
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}
