namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="ServerOptions.Parse"/>: a URL is either valid options, which print no secret, or an <see cref="ArgumentException"/>, which
/// quotes no secret.
/// </summary>
internal sealed class OptionsTarget() : Target(
    "options",
    "smtp://", "smtps://", "SMTP:", "//", "/", ":", "@", "?", "&", "=", "#", "%", "%00", "%0d%0a", "%40", "%2F", "%ff", "%u0041", "+",
    "[", "]", "[::1]", "[fe80::1%25eth0]", "127.0.0.1", "0x7f.1", "localhost", "host",
    "user", "user:", ":" + Secret, Secret + "@", ":" + Secret + "@", "user:" + Secret + "@host", ":465", ":0", ":65536", ":-1",
    ":99999999999", "xn--", "ü", "日本", "。", " ", "\t", "\r\n", "\0", "\\", "\u202E",
    "acceptUnsecureConnection=", "attachmentNameEncoding=rfc2047", "authenticationMode=plain", "authenticationMode=", "bodyCharset=",
    "iso-8859-1", "iso-2022-jp", "checkCertificateRevocation=", "connectionTimeout=", "sendTimeout=",
    "headerCharset=", "implicitTls=", "keepAlive=", "localDomain=", "logFile=", "maxConnections=", "pinnedFingerprint=", "pipelining=",
    "password=", "true", "false", "0", "1", "1000", "0.001", "1e9", "-1", "NaN", "\u0661",
    "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89", "\uFFFE", "\uFFFF")
{
    private const string Secret = "pA55wOrD";

    public override string Run(byte[] input)
    {
        var url = Text(input);
        ServerOptions options;
        try
        {
            options = ServerOptions.Parse(url);
        }
        catch (ArgumentException exception)
        {
            var quotesSecret = exception.ToString().Contains(Secret, StringComparison.OrdinalIgnoreCase);
            Require(!IsMeantAsSecret(url) || !quotesSecret, "An exception quotes no password.");
            return Shape(exception);
        }

        var withOtherPassword = options with { Password = options.Password is null ? null : "another" };
        Require(options.ToString() == withOtherPassword.ToString(), "Options print no password.");
        ServerOptionsCheck.ThrowIfWrong(options);
        // A log would create a file.
        using var transporter = new SmtpTransporter(options with { LogFile = null });
        return $"{options.Port} {options.UsesImplicitTls} {options.User is null} {Uri.CheckHostName(options.Host)}";
    }

    /// <summary>
    /// Whether the secret is the password of the URL: once, after a colon and before an at sign, and not in the value of an option.
    /// </summary>
    private static bool IsMeantAsSecret(string url)
    {
        var at = url.IndexOf(":" + Secret, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && !url.AsSpan(0, at).Contains('=') && url.IndexOf('@', at) > at
            && url.IndexOf(Secret, at + 1 + Secret.Length, StringComparison.OrdinalIgnoreCase) < 0;
    }
}
