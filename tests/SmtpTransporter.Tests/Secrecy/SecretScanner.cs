using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SmtpTransport.Tests;

/// <summary>Finds a password or token in a text, in every form in which it may occur.</summary>
internal sealed class SecretScanner
{
    // Shorter forms occur by chance.
    private const int Shortest = 8;

    private readonly ConcurrentDictionary<string, string> _forms = new(StringComparer.Ordinal);
    private readonly string _user;

    public SecretScanner(string user, string secret)
    {
        _user = user;
        var bytes = Encoding.UTF8.GetBytes(secret);
        Add("plain", secret);
        Add("base64", Base64(secret));
        // Base64 has three alignments; the middle of the secret appears in one of them at any position in the encoded text.
        for (var skip = 0; skip < 3; skip++)
            Add($"base64 with {skip} skipped", Convert.ToBase64String(bytes, skip, (bytes.Length - skip) / 3 * 3));
        Add("PLAIN", Base64($"\0{user}\0{secret}"));
        Add("PLAIN with an authorization identity", Base64($"{user}\0{user}\0{secret}"));
        Add("XOAUTH2", Base64($"user={user}\u0001auth=Bearer {secret}\u0001\u0001"));
        Add("OAUTHBEARER", Base64($"n,a={user},\u0001auth=Bearer {secret}\u0001\u0001"));
        Add("hexadecimal", Convert.ToHexString(bytes));
        Add("URL", Uri.EscapeDataString(secret));
        Add("form", WebUtility.UrlEncode(secret));
        Add("HTML", WebUtility.HtmlEncode(secret));
        Add("JSON", JsonEncodedText.Encode(secret).ToString());
        Add("relaxed JSON", JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString());
        Add("UTF-8 read as ISO-8859-1", Encoding.Latin1.GetString(bytes));
        Add("ISO-8859-1 read as UTF-8", Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(secret)));
    }

    /// <summary>The forms to search for, and their names.</summary>
    public IEnumerable<KeyValuePair<string, string>> Forms => _forms;

    /// <summary>Also searches for a line of an authentication: in base64 as it was sent, and decoded.</summary>
    public void Learn(string line)
    {
        var bytes = new byte[line.Length];
        if (!Convert.TryFromBase64String(line, bytes, out var length))
            return;
        // The first message of NTLM is the same for everyone.
        if (bytes.AsSpan(0, length).StartsWith("NTLMSSP\0\u0001"u8))
            return;
        Add("reply in base64", line);
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        // The user is not a secret.
        if (text == _user || text.Contains('\uFFFD', StringComparison.Ordinal))
            return;
        Add("reply", text);
        foreach (var part in text.Split(',', ' ', '\0', '\u0001'))
        {
            // The proof of SCRAM, and the digest of CRAM-MD5.
            if (part.StartsWith("p=", StringComparison.Ordinal) && text.StartsWith("c=", StringComparison.Ordinal))
                Add("proof", part[2..]);
            else if (part.Length == 32 && part.All(char.IsAsciiHexDigit))
                Add("digest", part);
        }
    }

    /// <summary>Returns the names of the forms that occur in the text.</summary>
    public IEnumerable<string> Find(string text) =>
        _forms.Where(form => text.Contains(form.Key, StringComparison.OrdinalIgnoreCase)).Select(form => form.Value);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void Add(string name, string form)
    {
        if (form.Length >= Shortest)
            _forms.TryAdd(form, name);
    }
}
