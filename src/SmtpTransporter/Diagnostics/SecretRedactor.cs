using System.Text;
using System.Text.Encodings.Web;

namespace SmtpTransport;

/// <summary>
/// Takes passwords and tokens out of texts that come from a server: it may give back what it was sent, plain, escaped or in base64. Safe
/// for concurrent callers.
/// </summary>
internal sealed class SecretRedactor
{
    private const string Mask = "***";

    // What is shorter would turn up by chance, in base64 above all.
    private const int Shortest = 4;

    // A server that sends back the lines of an authentication does so at once. Each costs a search in every text.
    private const int MostReplies = 32;

    // Of letters only, what is longer is hardly a word of a language.
    private const int LongestWord = 12;

    // In base64, shorter texts carry little: an empty line, or the acknowledgment of XOAUTH2.
    private const int ShortestReply = 8;

    // A token is renewed each hour or so, and an old one is worth nothing. For each server.
    private const int MostTokens = 8;

    private readonly object _gate = new();
    private readonly int _mostTokens;
    private readonly List<string> _known = [];
    private readonly List<(string Token, string[] Forms)> _tokens = [];
    private readonly Queue<string[]> _replies = new();
    private readonly HashSet<string> _users = [];
    private volatile string[] _forms = [];

    public SecretRedactor(IReadOnlyCollection<ServerOptions> servers)
    {
        _mostTokens = MostTokens * Math.Max(1, servers.Count);
        foreach (var options in servers)
        {
            _users.Add(options.User ?? "");
            Add(options.Password);
            Add(options.AccessTokenOAuth2);
            Add(options.CertificatePassword);
            if (ProxyAddress.Parse(options.Proxy) is { } proxy)
                Add(proxy);
        }
    }

    public void Add(ProxyAddress proxy)
    {
        Add(proxy.Password);
        if (proxy.Password is not null)
            Add(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{proxy.User}:{proxy.Password}")));
    }

    public void Add(string? secret)
    {
        if (secret is null || secret.Length < Shortest)
            return;
        lock (_gate)
        {
            if (_known.Contains(secret))
                return;
            _known.AddRange(FormsOf(secret));
            Renew();
        }
    }

    /// <summary>An access token of a provider. The last ones are kept.</summary>
    public void AddToken(string? token)
    {
        if (token is null || token.Length < Shortest)
            return;
        lock (_gate)
        {
            if (_tokens.Count > 0 && _tokens[^1].Token == token)
                return;
            var at = _tokens.FindIndex(t => t.Token == token);
            var entry = at < 0 ? (token, [.. FormsOf(token)]) : _tokens[at];
            if (at >= 0)
                _tokens.RemoveAt(at);
            else if (_tokens.Count == _mostTokens)
                _tokens.RemoveAt(0);
            _tokens.Add(entry);
            Renew();
        }
    }

    /// <summary>How many texts are searched for.</summary>
    internal int Count => _forms.Length;

    /// <summary>
    /// A line of an authentication, in base64: a proof of the password is as good as the password to whoever can guess. The last ones are
    /// kept.
    /// </summary>
    public void AddReply(string line)
    {
        if (line.Length < ShortestReply)
            return;
        lock (_gate)
        {
            _replies.Enqueue([.. FormsOfReply(line)]);
            if (_replies.Count > MostReplies)
                _replies.Dequeue();
            Renew();
        }
    }

    /// <summary>Masks the secrets in a text that comes from a server. Our own words have none, and are not given to it.</summary>
    public string Redact(string text)
    {
        foreach (var form in _forms)
        {
            if (!text.Contains(form, StringComparison.Ordinal))
                continue;
            // A word that is missing in a sentence shows itself.
            if (IsWord(form))
                return Mask;
            text = text.Replace(form, Mask, StringComparison.Ordinal);
        }
        return text;
    }

    /// <summary>Whether there is anything to hide in it; in most there is not.</summary>
    public bool IsIn(SendResult result)
    {
        if (_forms.Length == 0)
            return false;
        if (IsIn(result.StatusText) || IsIn(result.FinalReply) || result.Errors.Count > 0)
            return true;
        for (var i = 0; i < result.Recipients.Count; i++)
        {
            if (IsIn(result.Recipients[i].StatusText))
                return true;
        }
        return false;
    }

    private bool IsIn(string text)
    {
        foreach (var form in _forms)
        {
            if (text.Contains(form, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    /// <summary>The result without the secrets that a server sent back.</summary>
    public SendResult Redact(SendResult result) => IsIn(result) ? result.WithTexts(Redact) : result;

    public IReadOnlyList<SmtpError> Redact(IReadOnlyList<SmtpError> errors) =>
        _forms.Length == 0 ? errors : [.. errors.Select(e => e.WithTexts(Redact))];

    private void Renew() =>
        _forms = [.. _known.Concat(_tokens.SelectMany(t => t.Forms)).Concat(_replies.SelectMany(r => r))
            .Where(f => f.Length >= Shortest).Distinct(StringComparer.Ordinal).OrderByDescending(f => f.Length)];

    private static bool IsWord(string form) => form.Length <= LongestWord && form.All(char.IsLetter);

    /// <summary>The line, its content, and the proof in it: the last word of CRAM-MD5, and what follows "p=" in SCRAM.</summary>
    private IEnumerable<string> FormsOfReply(string line)
    {
        yield return line;
        var bytes = new byte[line.Length];
        if (!Convert.TryFromBase64String(line, bytes, out var length))
            yield break;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        // The user name is not a secret.
        if (_users.Contains(text) || text.Length < ShortestReply)
            yield break;
        yield return text;
        yield return ServerText.Clean(text);
        var proof = text[(text.LastIndexOf(' ') + 1)..];
        yield return proof[(proof.LastIndexOf(",p=", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0)..];
    }

    /// <summary>
    /// The secret, as it is and as replies are cleaned, escaped as in a URL or in JSON, in the wrong charset (a reply that is not UTF-8 is
    /// read as ISO-8859-1), and what is seen of it in base64: it has three alignments, wherever in a response it stands.
    /// </summary>
    private static IEnumerable<string> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return secret;
        yield return ServerText.Clean(secret);
        yield return Uri.EscapeDataString(secret);
        yield return JavaScriptEncoder.Default.Encode(secret);
        yield return JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret);
        yield return ServerText.Clean(Encoding.Latin1.GetString(bytes));
        yield return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(secret));
        for (var skip = 0; skip < 3; skip++)
        {
            var whole = (bytes.Length - skip) / 3 * 3;
            if (whole >= 2 * 3)
                yield return Convert.ToBase64String(bytes, skip, whole);
        }
        yield return Convert.ToBase64String(bytes);
    }
}
