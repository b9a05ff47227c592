using System.Globalization;
using System.Net;
using System.Text;

namespace SmtpTransport;

/// <summary>The one place where options are checked. Each error names the property, what was given (never a secret) and what is allowed.</summary>
internal static class ServerOptionsCheck
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    public static void ThrowIfWrong(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.PickupFolder is null || !string.IsNullOrEmpty(options.Host))
            CheckHost(options.Host);
        Require(options.Port is >= 1 and <= 65535, nameof(options.Port), options.Port, "a port from 1 to 65535");
        CheckTimeout(nameof(options.ConnectionTimeout), options.ConnectionTimeout);
        CheckTimeout(nameof(options.SendTimeout), options.SendTimeout);
        Require(options.MaxConnections is >= 1 and <= 1000, nameof(options.MaxConnections), options.MaxConnections, "1 to 1,000 connections");
        Require(options.MaxMessagesPerConnection >= 1, nameof(options.MaxMessagesPerConnection), options.MaxMessagesPerConnection, "1 or more");
        CheckTimeout(nameof(options.IdleTimeout), options.IdleTimeout);
        Require(options.HeaderCharset is not null, nameof(options.HeaderCharset), null, "a MailMode");
        Require(options.BodyCharset is not null, nameof(options.BodyCharset), null, "a MailMode");
        Require(Enum.IsDefined(options.AttachmentNameEncoding), nameof(options.AttachmentNameEncoding), options.AttachmentNameEncoding, "a defined encoding");
        Require(Enum.IsDefined(options.Chunking), nameof(options.Chunking), options.Chunking, "Auto or Never");
        CheckLogin(options);
        CheckLocalDomain(options.LocalDomain);
        CheckCertificates(options);
        CheckDevelopment(options);
        Require(options.LogFile is null || !string.IsNullOrWhiteSpace(options.LogFile), nameof(options.LogFile), "blank", "a path, or null");
    }

    private static void CheckHost(string? host)
    {
        const string Allowed = "a host name or an IP address, without scheme, port or brackets";
        var known = host is { Length: <= 253 } && !string.IsNullOrWhiteSpace(host)
            && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            && !host!.StartsWith('[') && IsHostName(host);
        Require(known, nameof(ServerOptions.Host), host is null ? "null" : host.Contains('@', StringComparison.Ordinal) ? "with a login in it" : $"\"{Shown(host)}\"", Allowed);
    }

    /// <summary>What Uri takes for a name may still hold what no name has, such as a line separator or half of a character.</summary>
    private static bool IsHostName(string host) => host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '%') || IsInternational(host);

    private static bool IsInternational(string host)
    {
        try
        {
            return host.EnumerateRunes().All(r => r.IsAscii || Rune.IsLetterOrDigit(r) || Rune.GetUnicodeCategory(r) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
                && new IdnMapping().GetAscii(host).Length <= 253;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void CheckTimeout(string name, TimeSpan value) =>
        Require(value > TimeSpan.Zero && value <= LongestTimeout, name, value, "more than zero and at most 24 days");

    private static void CheckLogin(ServerOptions options)
    {
        Require(Enum.IsDefined(options.AuthenticationMode), nameof(options.AuthenticationMode), options.AuthenticationMode, "a defined mode");
        Require(
            options.AccessTokenOAuth2 is null || options.AccessTokenProvider is null,
            nameof(options.AccessTokenProvider), "both", $"either {nameof(options.AccessTokenOAuth2)} or {nameof(options.AccessTokenProvider)}");
        Require(
            options.Password is null || !options.HasToken,
            nameof(options.Password), "a password and an access token", "one of them");
        Require(
            options.User is null || IsText(options.User),
            nameof(options.User), "blank or with control characters", "a user name, or null for no login");
        Require(
            options.Password is null || (options.Password.IndexOf('\0') < 0 && UnicodeText.HalfPairAt(options.Password) is null),
            nameof(options.Password), "with NUL or half of a surrogate pair", "text without NUL");
        Require(
            options.AccessTokenOAuth2 is null || IsText(options.AccessTokenOAuth2),
            nameof(options.AccessTokenOAuth2), "blank or with control characters", "a token, or null");
        Require(
            options.User is null || options.Password is not null || options.HasToken,
            nameof(options.Password), "none", "a password or an access token where User is set");
        Require(
            options.User is not null || (options.Password is null && !options.HasToken),
            nameof(options.User), "none", "a user where a password or an access token is set");

        var wantsToken = options.AuthenticationMode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer;
        Require(
            options.User is null || options.AuthenticationMode == AuthenticationMode.Auto || wantsToken == options.HasToken,
            nameof(options.AuthenticationMode), options.AuthenticationMode,
            options.HasToken ? "Auto, OAuth2 or OAuthBearer with an access token" : "a mode that goes with a password");
    }

    private static void CheckLocalDomain(string? domain)
    {
        var known = domain is null
            || IPAddress.TryParse(domain, out _)
            || (domain.Length is > 0 and <= 255 && domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'));
        Require(known, nameof(ServerOptions.LocalDomain), domain is null ? "null" : $"\"{Shown(domain)}\"", "a domain in ASCII or an IP address");
    }

    private static void CheckCertificates(ServerOptions options)
    {
        Require(options.ClientCertificates is not null, nameof(options.ClientCertificates), null, "a list");
        Require(options.TrustedCertificates is not null, nameof(options.TrustedCertificates), null, "a list");
        Require(options.PinnedFingerprints is not null, nameof(options.PinnedFingerprints), null, "a list");
        foreach (var certificate in options.ClientCertificates!)
        {
            Require(
                certificate is { HasPrivateKey: true },
                nameof(options.ClientCertificates), certificate?.Subject ?? "null", "certificates with their private keys");
        }
        foreach (var certificate in options.TrustedCertificates!)
            Require(certificate is not null, nameof(options.TrustedCertificates), "null", "certificates");
        foreach (var fingerprint in options.PinnedFingerprints!)
        {
            Require(
                ServerCertificateCheck.Normalized(fingerprint) is not null,
                nameof(options.PinnedFingerprints), fingerprint is null ? "null" : $"\"{Shown(fingerprint)}\"",
                "64 hexadecimal digits, with or without colons");
        }
    }

    private static void CheckDevelopment(ServerOptions options)
    {
        Require(options.PickupFolder is null || !string.IsNullOrWhiteSpace(options.PickupFolder), nameof(options.PickupFolder), "blank", "a path, or null");
        Require(
            options.RedirectAllTo is null || (EmailAddresses.TryParse(options.RedirectAllTo, out var redirect) && redirect.Count > 0),
            nameof(options.RedirectAllTo), $"\"{Shown(options.RedirectAllTo ?? "")}\"", "an address, several separated by \",\", or null");
        Require(options.AllowedRecipients is not null, nameof(options.AllowedRecipients), null, "a list");
        foreach (var allowed in options.AllowedRecipients!)
        {
            var address = allowed is null ? null : !RecipientFilter.IsDomain(allowed) ? allowed.Trim() : $"x@{allowed.Trim()[(allowed.Trim().LastIndexOf('@') + 1)..]}";
            Require(
                address is not null && AddressSpec.Check(address) is null,
                nameof(options.AllowedRecipients), allowed is null ? "null" : $"\"{Shown(allowed)}\"", "addresses, and domains such as example.com");
        }
    }

    private static bool IsText(string text) => !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl) && UnicodeText.HalfPairAt(text) is null;

    /// <summary>What was given, made safe for a message: short, and without control characters.</summary>
    private static string Shown(string given) =>
        string.Concat(given.Take(80).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));

    private static void Require(bool holds, string property, object? given, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{property} is {given ?? "null"}; allowed: {allowed}."), property);
        }
    }
}
