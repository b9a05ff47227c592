using System.Text;

namespace SmtpTransport;

/// <summary>A proxy, read from its URL. It prints no user and no password.</summary>
internal sealed class ProxyAddress
{
    /// <summary>In the place of a URL: the proxy of the system.</summary>
    public const string System = "system";

    public const string Allowed =
        "http://, socks4://, socks4a:// or socks5:// with host and port, and user:password@ before the host if the proxy needs it; "
        + "system for the system's proxy; or null";

    // RFC 1929 has one octet for each length.
    private const int MaxCredentialLength = 255;

    private readonly string _scheme;

    private ProxyAddress(ProxyKind kind, Uri uri, string? user, string? password)
    {
        (Kind, User, Password) = (kind, user, password);
        _scheme = uri.Scheme;
        Host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.IdnHost;
        Port = uri.Port > 0 ? uri.Port : 1080;
    }

    public ProxyKind Kind { get; }

    public string Host { get; }

    public int Port { get; }

    public string? User { get; }

    public string? Password { get; }

    /// <summary>Reads a URL. Null if it is not valid, or not of a proxy that is known.</summary>
    public static ProxyAddress? Parse(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && url!.Contains("://", StringComparison.Ordinal) ? From(uri, null, null) : null;

    /// <summary>From the parts; user and password of the URL have precedence.</summary>
    public static ProxyAddress? From(Uri uri, string? user, string? password)
    {
        ProxyKind? kind = uri.Scheme switch
        {
            "http" => ProxyKind.Http,
            "socks4" => ProxyKind.Socks4,
            "socks4a" => ProxyKind.Socks4a,
            "socks5" or "socks5h" => ProxyKind.Socks5,
            _ => null,
        };
        if (uri.UserInfo.Length > 0)
        {
            var (head, tail) = ServerOptionsUrl.Split(uri.UserInfo, ':');
            (user, password) = (Uri.UnescapeDataString(head), tail is null ? null : Uri.UnescapeDataString(tail));
        }
        return kind is { } known
            && HostName.IsValid(uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.Host)
            && uri.AbsolutePath.Trim('/').Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            && IsCredential(user) && IsCredential(password) && (user is null ? password is null : user.Length > 0)
            && !(known == ProxyKind.Http && user!.AsSpan().Contains(':'))
            && !(known is ProxyKind.Socks4 or ProxyKind.Socks4a && password is not null)
            ? new ProxyAddress(known, uri, user, password)
            : null;
    }

    /// <summary>As the errors and the log show it.</summary>
    /// <returns>The scheme, the host and the port.</returns>
    public override string ToString() =>
        $"{_scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    private static bool IsCredential(string? text) =>
        text is null || (Encoding.UTF8.GetByteCount(text) <= MaxCredentialLength && !text.Any(char.IsControl)
            && UnicodeText.HalfPairAt(text) is null);
}
