namespace SmtpTransport.Testing;

/// <summary>Sends all requests to one server, except for those to this machine.</summary>
internal sealed class RedirectingHandler(Uri server) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    /// <summary>The field with the URL that was asked for.</summary>
    public const string Header = "X-Requested-Url";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri!;
        if (!asked.IsLoopback)
        {
            request.Headers.Add(Header, asked.GetLeftPart(UriPartial.Path));
            request.RequestUri = new UriBuilder(asked) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
        }
        return base.SendAsync(request, cancellationToken);
    }
}
