using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SmtpTransport;

/// <summary>Which server to use, how to reach it and how to authenticate.</summary>
/// <remarks>
/// Immutable and safe for concurrent use: change a copy with <c>with</c>. The options are validated as a whole when a <see
/// cref="SmtpTransporter"/> is created from them. <see cref="ToString"/> prints no secret. Two instances are equal if all their options
/// are equal: lists by their items, certificates by their contents or path, loggers, rate limiters and token providers by their own
/// equality.
/// </remarks>
public sealed partial record ServerOptions : IParsable<ServerOptions>
{
    /// <summary>
    /// Creates the options of a known service, such as
    /// <c>ServerOptions.ForService("ses", "eu-west-1") with { User = …, Password = … }</c>.
    /// </summary>
    /// <param name="name">The name of the service (<see cref="SmtpService.Name"/>) or an alias, in any case of letters.</param>
    /// <param name="region">One of <see cref="SmtpService.Regions"/>. Default null: the service's first region, or its only one.</param>
    /// <returns>
    /// The host, the port and the limits on connections; the user name if all users share one. Set user and password, or a token.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The service or the region is unknown, or a region is missing; the message lists near names.
    /// </exception>
    public static ServerOptions ForService(string name, string? region = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return SmtpService.Read(name, region, out var options) is { } error ? throw error.ToException() : options;
    }

    /// <summary>
    /// Reads options from a URL such as <c>smtps://me:pa%40ss@smtp.example.com:465?keepAlive=false&amp;sendTimeout=60</c>.
    /// </summary>
    /// <param name="url">The URL.</param>
    /// <returns>The options, which are valid.</returns>
    /// <remarks>
    /// The scheme <c>smtp</c> means port 587 and STARTTLS; <c>smtps</c> means port 465 and TLS from the first byte, on any port. The scheme
    /// <c>smtp+ses</c> means the service <c>ses</c> of <see cref="ForService"/>; its host is the region, or <c>default</c>:
    /// <c>smtp+ses://me:password@eu-west-1</c>. User and password are percent-encoded. The keys of the query are the names of the options
    /// in any case of letters, such as <c>maxConnections</c>; only <c>pinnedFingerprint</c> is in the singular and may be repeated. Times
    /// are seconds or <c>hh:mm:ss</c>. But for the password of a <see cref="Proxy"/>, a URL cannot set further secrets, certificates or
    /// objects, nor what weakens or redirects every send (<see cref="DangerouslyAcceptAnyServerCertificate"/>,
    /// <see cref="RedirectAllTo"/>).
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="url"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The URL or one of its values is not valid, or a key is unknown or repeated. The message contains no secret.
    /// </exception>
    public static ServerOptions Parse(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return ServerOptionsUrl.Read(url, out var options) is { } error ? throw error.ToException() : options;
    }

    /// <summary>Reads options from a URL as <see cref="Parse(string)"/> does, without an exception.</summary>
    /// <param name="url">The URL; null is not valid.</param>
    /// <param name="options">The options; null if the URL is not valid.</param>
    /// <returns>Whether the URL is valid.</returns>
    public static bool TryParse([NotNullWhen(true)] string? url, [NotNullWhen(true)] out ServerOptions? options)
    {
        if (url is not null && ServerOptionsUrl.Read(url, out var read) is null)
        {
            options = read;
            return true;
        }
        options = null;
        return false;
    }

    /// <summary>Reads options from settings, such as the keys of a configuration section.</summary>
    /// <param name="settings">The settings. Keys without a value, such as those of sections, are ignored.</param>
    /// <returns>The options, which are valid.</returns>
    /// <remarks>
    /// The keys are the names of the properties in any case of letters. Times are seconds or <c>hh:mm:ss</c>. Lists have indexes
    /// (<c>AllowedRecipients:0</c>) or are separated by commas. Certificates are paths of files. Further keys:
    /// <list type="bullet">
    /// <item><c>ConnectionString</c> or <c>Url</c>: a URL as <see cref="Parse(string)"/> reads it, or
    /// <c>Endpoint=smtp://host:port;User=…;Password=…</c>. Other settings override it.</item>
    /// <item><c>Service</c> and <c>Region</c>: a service as <see cref="ForService"/> knows it. Other settings override it.</item>
    /// <item><c>Username</c>: the same as <c>User</c>.</item>
    /// <item><c>Dkim:Domain</c>, <c>Dkim:Selector</c>, <c>Dkim:PrivateKey</c>; for <see cref="DkimKeys"/> with an index, such as
    /// <c>Dkim:0:Domain</c>.</item>
    /// <item><c>Defaults:From</c>, <c>Defaults:ReplyTo</c>, <c>Defaults:Bcc</c> and <c>Defaults:Headers:X-Team</c>; the same with
    /// <c>Enforced</c>.</item>
    /// <item><c>OAuth:TokenEndpoint</c> (or <c>OAuth:Tenant</c> for Microsoft 365), <c>OAuth:ClientId</c>, <c>OAuth:ClientSecret</c>,
    /// <c>OAuth:Scope</c>, <c>OAuth:RefreshToken</c> and others: they create an <see cref="AccessTokenProvider"/>.</item>
    /// </list>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A key is unknown or given twice, or a value is not valid; <see cref="ArgumentException.ParamName"/> is the key, or null if a URL
    /// as a whole is not valid. The message contains no secret.
    /// </exception>
    public static ServerOptions FromSettings(IEnumerable<KeyValuePair<string, string?>> settings) =>
        TryFromSettings(settings, out var options, out var error) ? options : throw error.ToException();

    /// <summary>Reads options from settings as <see cref="FromSettings"/> does; an error is a value.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="options">The options, which are valid; null if the settings are not.</param>
    /// <param name="error">The first error; null if the settings are valid.</param>
    /// <returns>Whether the settings are valid.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    public static bool TryFromSettings(
        IEnumerable<KeyValuePair<string, string?>> settings, [NotNullWhen(true)] out ServerOptions? options,
        [NotNullWhen(false)] out OptionError? error)
    {
        ArgumentNullException.ThrowIfNull(settings);
        error = ServerOptionsSettings.Read(settings, out options);
        if (error is not null)
            options = null;
        return error is null;
    }

    // Explicit: if there were public overloads with a provider, analyzers would ask every caller for a culture, which a URL does not have.
    static ServerOptions IParsable<ServerOptions>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<ServerOptions>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ServerOptions result) =>
        TryParse(s, out result);

    /// <summary>Whether all options are equal.</summary>
    /// <param name="other">The other options.</param>
    /// <returns>True if all options are equal: lists by their items, certificates by their contents or path.</returns>
    public bool Equals(ServerOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && OptionTable.All.All(o => o.IsSame(this, other)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Host, Port, User);

    // The options that differ from their defaults.
    private bool PrintMembers(StringBuilder builder)
    {
        var start = builder.Length;
        builder.AppendJoin(", ", OptionTable.Changed(this).Select(o => $"{o.Name} = {o.Show(this)}"));
        return builder.Length > start;
    }
}
