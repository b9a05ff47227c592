using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>
/// The header fields with which a mailing list describes itself (RFC 2369, RFC 2919, RFC 8058): a view of <see cref="Email.Headers"/>.
/// </summary>
/// <remarks>
/// A field that is set replaces the earlier ones of its name; null or an empty list removes them. A received email has them as it was
/// sent. Not safe for concurrent changes.
/// </remarks>
public sealed partial class MailingListFields
{
    private const string OneClick = "List-Unsubscribe=One-Click";
    private const string NotAllowed = "NO";

    private readonly EmailHeaders _headers;

    internal MailingListFields(EmailHeaders headers) => _headers = headers;

    /// <summary>
    /// The list's id, possibly with a description (<c>List-Id</c>, RFC 2919): <c>News &lt;news.example.com&gt;</c>, or
    /// <c>news.example.com</c>, which is written in angle brackets. Null, the default, for none.
    /// </summary>
    /// <exception cref="ArgumentException">The id has no dot, or characters that an id cannot have.</exception>
    public string? Id
    {
        get => Text("List-Id");
        set
        {
            var text = value is null || value.EndsWith('>') ? value : $"<{value}>";
            if (text is not null && !ListId().IsMatch(text))
                throw new ArgumentException(
                    $"Id is \"{value}\"; allowed: an id such as news.example.com, or text and the id in angle brackets.", nameof(value));
            _headers.Replace("List-Id", text);
        }
    }

    /// <summary>Where help is found (<c>List-Help</c>). Default none.</summary>
    /// <exception cref="ArgumentException">A URI is null or not absolute.</exception>
    public IReadOnlyList<Uri> Help
    {
        get => Uris("List-Help");
        set => _headers.Replace("List-Help", Join(value));
    }

    /// <summary>
    /// How a recipient unsubscribes (<c>List-Unsubscribe</c>): <c>https:</c> and <c>mailto:</c> URIs, the preferred one first. Default
    /// none.
    /// </summary>
    /// <remarks>
    /// With <see cref="UnsubscribesOnPost"/>, mail clients show a button; <see cref="Email.AddListUnsubscribe"/> sets both.
    /// </remarks>
    /// <exception cref="ArgumentException">A URI is null or not absolute.</exception>
    public IReadOnlyList<Uri> Unsubscribe
    {
        get => Uris("List-Unsubscribe");
        set => _headers.Replace("List-Unsubscribe", Join(value));
    }

    /// <summary>
    /// Whether a POST to the https URI of <see cref="Unsubscribe"/> unsubscribes without further interaction
    /// (<c>List-Unsubscribe-Post</c>, RFC 8058). Default false.
    /// </summary>
    public bool UnsubscribesOnPost
    {
        get => OneClick.Equals(Text("List-Unsubscribe-Post")?.Trim(), StringComparison.OrdinalIgnoreCase);
        set => _headers.Replace("List-Unsubscribe-Post", value ? OneClick : null);
    }

    /// <summary>How someone subscribes (<c>List-Subscribe</c>). Default none.</summary>
    /// <exception cref="ArgumentException">A URI is null or not absolute.</exception>
    public IReadOnlyList<Uri> Subscribe
    {
        get => Uris("List-Subscribe");
        set => _headers.Replace("List-Subscribe", Join(value));
    }

    /// <summary>Where an email to the list is sent (<c>List-Post</c>). Default none; see <see cref="IsPostingAllowed"/>.</summary>
    /// <exception cref="ArgumentException">A URI is null or not absolute.</exception>
    public IReadOnlyList<Uri> Post
    {
        get => Uris("List-Post");
        set => _headers.Replace("List-Post", Join(value));
    }

    /// <summary>
    /// False if the list says that nobody may send to it (<c>List-Post: NO</c>). True, the default, if it does not; false replaces
    /// <see cref="Post"/>.
    /// </summary>
    public bool IsPostingAllowed
    {
        get => !IsNo(Text("List-Post"));
        set
        {
            if (value != IsPostingAllowed)
                _headers.Replace("List-Post", value ? null : NotAllowed);
        }
    }

    /// <summary>The list's owner (<c>List-Owner</c>). Default none.</summary>
    /// <exception cref="ArgumentException">A URI is null or not absolute.</exception>
    public IReadOnlyList<Uri> Owner
    {
        get => Uris("List-Owner");
        set => _headers.Replace("List-Owner", Join(value));
    }

    /// <summary>Where the list's emails are kept (<c>List-Archive</c>). Default none.</summary>
    /// <exception cref="ArgumentException">A URI is null or not absolute.</exception>
    public IReadOnlyList<Uri> Archive
    {
        get => Uris("List-Archive");
        set => _headers.Replace("List-Archive", Join(value));
    }

    // RFC 2369, section 3.4: "NO", possibly with a comment.
    private static bool IsNo(string? text) =>
        text is not null && text.Split('(')[0].Trim().Equals(NotAllowed, StringComparison.OrdinalIgnoreCase);

    private static string? Join(IReadOnlyList<Uri>? uris) =>
        uris is null or [] ? null
        : uris.All(u => u is { IsAbsoluteUri: true }) ? string.Join(", ", uris.Select(u => $"<{u.AbsoluteUri}>"))
        : throw new ArgumentException("A URI is null or not absolute; allowed: absolute URIs, such as https: and mailto:.", nameof(uris));

    private List<Uri> Uris(string name)
    {
        var uris = new List<Uri>();
        // RFC 2369, section 2: URIs in angle brackets; blanks within them do not count.
        foreach (Match match in InBrackets().Matches(Comment().Replace(Text(name) ?? "", "")))
        {
            if (Uri.TryCreate(Blanks().Replace(match.Groups[1].Value, ""), UriKind.Absolute, out var uri))
                uris.Add(uri);
        }
        return uris;
    }

    private string? Text(string name) => _headers.Find(name)?.Value;

    // RFC 2919, section 3: labels of atoms with dots between them, at least two.
    [GeneratedRegex("""^[^<>]*<[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)+>$""")]
    private static partial Regex ListId();

    [GeneratedRegex("<([^<>]*)>")]
    private static partial Regex InBrackets();

    // Outside the brackets; a URI may have parentheses.
    [GeneratedRegex(@"(?<=^|[>,\s])\([^()]*\)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
