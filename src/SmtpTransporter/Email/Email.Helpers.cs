namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>
    /// Makes parts of the images in <see cref="HtmlBody"/>, so that they are shown without being fetched: <c>data:</c> URIs, which most programs
    /// do not show, and files. The <c>src</c> of each <c>img</c> becomes <c>cid:…</c>, and the image one of <see cref="Attachments"/>; the same image
    /// is embedded once. Images on the web stay as they are.
    /// </summary>
    /// <param name="folder">
    /// Where the files lie that relative addresses mean; an address that leads out of it is an error. Default: no files are embedded.
    /// </param>
    /// <returns>The number of images that became parts.</returns>
    /// <exception cref="FormatException">A data: URI is none, or an address leads out of the folder; the mail is unchanged.</exception>
    /// <exception cref="FileNotFoundException">A file is not there; the mail is unchanged.</exception>
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

    /// <summary>
    /// Sets <see cref="TextBody"/> from <see cref="HtmlBody"/>: paragraphs, lists, links with their addresses, the words of images. Nothing happens
    /// where there is no HTML.
    /// </summary>
    /// <returns>The text.</returns>
    public string? GenerateTextBody() => HtmlBody is null ? TextBody : TextBody = HtmlText.Of(HtmlBody);

    /// <summary>
    /// Adds the headers by which mail programs show a button to unsubscribe: <c>List-Unsubscribe</c> (RFC 2369), and with a URL
    /// <c>List-Unsubscribe-Post</c>, so that one click is enough (RFC 8058; Gmail and Yahoo demand it of bulk mail). They take the place of
    /// earlier ones. RFC 8058 wants both signed: see <see cref="ServerOptions.Dkim"/>.
    /// </summary>
    /// <param name="url">An https URL that takes a POST and asks nothing further; it must tell list and receiver by itself.</param>
    /// <param name="mailto">An address, or a <c>mailto:</c> URL, to which a mail unsubscribes.</param>
    /// <exception cref="ArgumentException">Neither is given, the URL is not https, or the address is none.</exception>
    public void AddListUnsubscribe(Uri? url, string? mailto = null)
    {
        if (url is null && mailto is null)
            throw new ArgumentException("A url or a mailto is needed.", nameof(url));
        if (url is not null && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException("One click needs an https URL (RFC 8058).", nameof(url));
        var address = mailto is null || mailto.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? mailto : "mailto:" + mailto;
        if (address is not null && (!Uri.TryCreate(address, UriKind.Absolute, out var parsed) || !EmailAddress.TryParse(Uri.UnescapeDataString(address[7..].Split('?')[0]), out _)))
            throw new ArgumentException("This is no address.", nameof(mailto));
        else
            parsed = address is null ? null : new Uri(address);

        foreach (var header in Headers.Where(h => h.Name is not null && h.Name.StartsWith("List-Unsubscribe", StringComparison.OrdinalIgnoreCase)).ToList())
            Headers.Remove(header);
        Headers.Add("List-Unsubscribe", string.Join(", ", new[] { url, parsed }.OfType<Uri>().Select(u => $"<{u.AbsoluteUri}>")));
        if (url is not null)
            Headers.Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    }
}
