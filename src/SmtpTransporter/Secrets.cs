using System.Text;
using System.Text.Encodings.Web;

namespace SmtpTransport;

/// <summary>
/// Takes passwords and tokens out of texts that come from a server: it may give back what it was sent, plain, escaped or in base64. Safe
/// for concurrent callers.
/// </summary>
internal sealed class Secrets
{
    private const string Mask = "***";

    // What is shorter would turn up by chance, in base64 above all.
    private const int Shortest = 4;

    private readonly object _gate = new();
    private volatile string[] _forms = [];

    public Secrets(ServerOptions options)
    {
        Add(options.Password);
        Add(options.AccessTokenOAuth2);
        Add(options.CertificatePassword);
    }

    public void Add(string? secret)
    {
        if (secret is null || secret.Length < Shortest)
            return;
        lock (_gate)
            _forms = [.. _forms.Concat(FormsOf(secret)).Where(f => f.Length >= Shortest).Distinct(StringComparer.Ordinal).OrderByDescending(f => f.Length)];
    }

    public string Hide(string text)
    {
        foreach (var form in _forms)
            text = text.Replace(form, Mask, StringComparison.Ordinal);
        return text;
    }

    public IReadOnlyList<SmtpError> Hide(IReadOnlyList<SmtpError> errors) =>
        _forms.Length == 0 ? errors : [.. errors.Select(e => e with { Message = Hide(e.Message) })];

    /// <summary>
    /// The secret, as it is and as replies are cleaned, escaped as in a URL or in JSON, in the wrong charset (a reply that is not UTF-8 is read as
    /// ISO-8859-1), and what is seen of it in base64: it has three alignments, wherever in a response it stands.
    /// </summary>
    private static IEnumerable<string> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return secret;
        yield return new Reply(0, secret).Text;
        yield return Uri.EscapeDataString(secret);
        yield return JavaScriptEncoder.Default.Encode(secret);
        yield return JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret);
        yield return new Reply(0, Encoding.Latin1.GetString(bytes)).Text;
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
