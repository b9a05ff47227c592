using System.Globalization;

namespace SmtpTransport;

/// <summary>
/// What a server offers beyond SMTP itself, according to its last reply to EHLO: what it offered before TLS does not count.
/// </summary>
internal sealed record ServerExtensions
{
    /// <summary>RFC 2920.</summary>
    public bool Pipelining { get; init; }

    /// <summary>RFC 6152.</summary>
    public bool EightBitMime { get; init; }

    /// <summary>RFC 3030.</summary>
    public bool Chunking { get; init; }

    /// <summary>RFC 2034: replies have codes that tell what they are about.</summary>
    public bool EnhancedStatusCodes { get; init; }

    /// <summary>RFC 6531.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>RFC 3461.</summary>
    public bool Dsn { get; init; }

    /// <summary>RFC 8689. Offered only over TLS.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Whether MAIL may declare a size (RFC 1870).</summary>
    public bool Size { get; init; }

    /// <summary>The largest message that the server takes, in bytes; null if it does not say.</summary>
    public long? MaxMessageSize { get; init; }

    /// <summary>How many recipients a transaction may have (RCPTMAX, RFC 9422).</summary>
    public int MaxRecipients { get; init; } = int.MaxValue;

    /// <summary>How many transactions a connection may have (MAILMAX, RFC 9422).</summary>
    public int MaxMessages { get; init; } = int.MaxValue;

    /// <summary>From the lines of the reply to EHLO, the first left out.</summary>
    public static ServerExtensions Parse(IReadOnlyList<string> lines)
    {
        var extensions = new ServerExtensions();
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            extensions = (words.Length == 0 ? "" : words[0].ToUpperInvariant()) switch
            {
                "PIPELINING" => extensions with { Pipelining = true },
                "8BITMIME" => extensions with { EightBitMime = true },
                "ENHANCEDSTATUSCODES" => extensions with { EnhancedStatusCodes = true },
                "CHUNKING" => extensions with { Chunking = true },
                "SMTPUTF8" => extensions with { SmtpUtf8 = true },
                "REQUIRETLS" => extensions with { RequireTls = true },
                "DSN" => extensions with { Dsn = true },
                "SIZE" => extensions with
                {
                    Size = true,
                    MaxMessageSize = words.Length > 1
                    && Number(words[1]) is > 0 and var size ? size : null
                },
                "LIMITS" => extensions with { MaxRecipients = Limit(words, "RCPTMAX"), MaxMessages = Limit(words, "MAILMAX") },
                _ => extensions,
            };
        }
        return extensions;
    }

    private static int Limit(string[] words, string name)
    {
        var given = words.FirstOrDefault(w => w.StartsWith($"{name}=", StringComparison.OrdinalIgnoreCase));
        return given is not null
            && Number(given[(name.Length + 1)..]) is > 0 and var limit ? (int)Math.Min(limit, int.MaxValue) : int.MaxValue;
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
