namespace SmtpTransport.Testing;

/// <summary>Sends all requests to one server, except for those to this machine.</summary>
internal sealed class RedirectingHandler(Uri server) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    /// <summary>The field with the URL that was asked for.</summary>
    public const string Header = "X-Requested-Url";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri!;
        if (asked.IsLoopback)
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        request.Headers.Add(Header, asked.GetLeftPart(UriPartial.Path));
        var own = new UriBuilder(asked) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
        request.RequestUri = own;
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        // The client sees that it was not redirected.
        if (request.RequestUri == own)
            request.RequestUri = asked;
        return response;
    }
}
