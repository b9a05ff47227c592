namespace SmtpTransport;

/// <summary>
/// The proxy that the system names for a server, as <see cref="HttpClient.DefaultProxy"/> knows it: HTTPS_PROXY, ALL_PROXY and NO_PROXY, or
/// the settings of Windows and macOS.
/// </summary>
internal static class SystemProxy
{
    /// <returns>The proxy; null if the system has none for this server.</returns>
    /// <exception cref="SendFailureException">It is of a kind that is not known.</exception>
    public static async ValueTask<ProxyAddress?> FindAsync(bool async, string host, int port, Deadline deadline)
    {
        // Windows may have to run a script that it must fetch first.
        var asked = Task.Run(() => Find(host, port), CancellationToken.None);
        if (async)
            return await asked.WaitAsync(deadline.Token).ConfigureAwait(false);
        return Task.WaitAny([asked], deadline.RemainingMilliseconds, deadline.Token) < 0
            ? throw new TimeoutException("The system did not name its proxy in time.")
            : asked.GetAwaiter().GetResult();
    }

    private static ProxyAddress? Find(string host, int port)
    {
        var server = new UriBuilder(Uri.UriSchemeHttps, host, port).Uri;
        var proxies = HttpClient.DefaultProxy;
        if (proxies.IsBypassed(server) || proxies.GetProxy(server) is not { } uri || uri == server)
            return null;
        var login = proxies.Credentials?.GetCredential(uri, "Basic");
        var user = string.IsNullOrEmpty(login?.UserName) ? null : login.UserName;
        return ProxyAddress.From(uri, user, user is null ? null : login!.Password) ?? throw new SendFailureException(
            SmtpErrorCodes.ProxyProtocolError, "proxy",
            $"The system's proxy is {uri.Scheme}://{uri.Host}:{uri.Port}, which cannot be used. Set Proxy to "
            + $"{ProxyAddress.Allowed:own}.");
    }
}
