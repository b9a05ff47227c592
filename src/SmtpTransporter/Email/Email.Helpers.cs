namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>Turns images of <see cref="HtmlBody"/> into attachments, so that they are shown without being fetched.</summary>
    /// <param name="folder">
    /// The folder that relative addresses refer to; an address that leads out of it is an error. Default none: no files are embedded.
    /// </param>
    /// <returns>The number of images that became attachments.</returns>
    /// <remarks>
    /// <para>It embeds <c>data:</c> URIs, which most mail clients do not show, and files: those of <c>src</c> and <c>srcset</c> of images,
    /// of <c>background</c>, and of <c>url()</c> in styles. Each becomes <c>cid:…</c> (RFC 2392), and the image is added to
    /// <see cref="Attachments"/>; the same image is embedded once. The rest of the HTML is unchanged.</para>
    /// <para>Images on the web and addresses with a placeholder (<c>{{ … }}</c>) remain as they are. <see cref="Analyze"/> reports
    /// <c>data:</c> URIs that remain, such as those in other places.</para>
    /// </remarks>
    /// <exception cref="FormatException">
    /// A <c>data:</c> URI is not valid, or an address leads out of the folder. The email is unchanged.
    /// </exception>
    /// <exception cref="FileNotFoundException">A file does not exist. The email is unchanged.</exception>
    public int EmbedImages(string? folder = null)
    {
        if (HtmlBody is not { } html)
            return 0;
        var images = new HtmlImages(folder);
        var rewritten = images.Rewrite(html);
        if (images.Found.Count == 0)
            return 0;
        HtmlBody = rewritten;
        images.Found.ForEach(Attachments.Add);
        return images.Found.Count;
    }

    /// <summary>Sets <see cref="TextBody"/> to the text of <see cref="HtmlBody"/>; without an HTML body, nothing changes.</summary>
    /// <returns>The new <see cref="TextBody"/>.</returns>
    /// <remarks>
    /// It keeps paragraphs, lists, the cells of a row in one line, the addresses of links and the alternative texts of images. It leaves
    /// out what the HTML itself hides, such as a preheader; style sheets are not applied.
    /// </remarks>
    public string? GenerateTextBody() => HtmlBody is null ? TextBody : TextBody = HtmlText.Of(HtmlBody);

    /// <summary>Adds the header fields for which mail clients show a button to unsubscribe.</summary>
    /// <param name="url">
    /// An https URL that unsubscribes on POST without further interaction. It must identify the list and the recipient. Null for none.
    /// </param>
    /// <param name="mailto">An address, or a <c>mailto:</c> URL, to which an email unsubscribes. Default none.</param>
    /// <remarks>
    /// The fields are <c>List-Unsubscribe</c> (RFC 2369, section 3.2) and, with a URL, <c>List-Unsubscribe-Post</c> for one-click
    /// unsubscription (RFC 8058), which Gmail and Yahoo require of bulk email. They replace earlier ones. RFC 8058, section 4, requires a
    /// DKIM signature over both: see <see cref="ServerOptions.Dkim"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">Neither is given, the URL is not https, or the address is not valid.</exception>
    public void AddListUnsubscribe(Uri? url, string? mailto = null)
    {
        if (url is null && mailto is null)
            throw new ArgumentException("A url or a mailto is required.", nameof(url));
        if (url is not null && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException("One-click unsubscription requires an https URL (RFC 8058).", nameof(url));
        var mailtoUrl = mailto is null ? null : ToMailtoUrl(mailto);
        MailingList.Unsubscribe = [.. new[] { url, mailtoUrl }.OfType<Uri>()];
        MailingList.UnsubscribesOnPost = url is not null;
    }

    private static Uri ToMailtoUrl(string mailto)
    {
        var text = mailto.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? mailto : "mailto:" + mailto;
        return Uri.TryCreate(text, UriKind.Absolute, out var url)
            && EmailAddress.TryParse(Uri.UnescapeDataString(text["mailto:".Length..].Split('?')[0]), out _)
            ? url
            // Without the text itself, which may tell who the recipient is: the messages of exceptions are logged.
            : throw new ArgumentException("The mailto is not a valid address or mailto: URL.", nameof(mailto));
    }
}
