using System.Text;

namespace SmtpTransport;

/// <summary>
/// Takes passwords and tokens out of texts that come from a server: it may give back what it was sent, plain or in base64. Safe for
/// concurrent callers.
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
            _forms = [.. _forms.Concat(FormsOf(secret)).Distinct(StringComparer.Ordinal).OrderByDescending(f => f.Length)];
    }

    public string Hide(string text)
    {
        foreach (var form in _forms)
            text = text.Replace(form, Mask, StringComparison.Ordinal);
        return text;
    }

    public IReadOnlyList<SmtpError> Hide(IReadOnlyList<SmtpError> errors) =>
        _forms.Length == 0 ? errors : [.. errors.Select(e => e with { Message = Hide(e.Message) })];

    /// <summary>The secret, and what is seen of it in base64: it has three alignments, wherever in a response it stands.</summary>
    private static IEnumerable<string> FormsOf(string secret)
    {
        yield return secret;
        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var skip = 0; skip < 3; skip++)
        {
            var whole = (bytes.Length - skip) / 3 * 3;
            if (whole >= 2 * 3)
                yield return Convert.ToBase64String(bytes, skip, whole);
        }
        yield return Convert.ToBase64String(bytes);
    }
}
