using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>Fetches the certificates of Amazon SNS, each once a day, and confirms subscriptions. Thread-safe.</summary>
internal sealed class SnsClient : IDisposable
{
    // In bytes. A certificate has about 2,000.
    private const int MaxAnswer = 64 << 10;

    private const int MaxCertificates = 16;

    // Whoever knows a topic can name certificates that do not exist.
    private const int MaxFetching = 4;

    private const int MinKeyBits = 2048;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(1);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<Uri, (DateTimeOffset Until, Task<SnsCertificate> Certificate)> _certificates = [];

    /// <param name="handler">What asks Amazon; null for one that follows no redirects.</param>
    /// <param name="time">The clock.</param>
    public SnsClient(HttpMessageHandler? handler, TimeProvider time)
    {
        _time = time;
        _client = new HttpClient(handler ?? CreateHandler(), disposeHandler: handler is null)
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The certificate at a URL of SNS.</summary>
    /// <exception cref="WebhookException">There is none that is valid now, or it cannot be had.</exception>
    public async Task<SnsCertificate> GetCertificateAsync(Uri url)
    {
        var certificate = await FindOrFetch(url).ConfigureAwait(false);
        var now = _time.GetUtcNow();
        return now >= certificate.NotBefore && now <= certificate.NotAfter
            ? certificate
            : throw Unavailable("The certificate of SNS has expired, or is not valid yet.");
    }

    /// <summary>Visits a URL of SNS.</summary>
    /// <exception cref="WebhookException">Amazon does not confirm it.</exception>
    public Task ConfirmAsync(Uri url) => GetAsync(url);

    private Task<SnsCertificate> FindOrFetch(Uri url)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            if (_certificates.TryGetValue(url, out var known) && known.Until > now && !known.Certificate.IsFaulted)
                return known.Certificate;
            if (_certificates.Count(c => !c.Value.Certificate.IsCompleted) >= MaxFetching)
                throw new WebhookException(StatusCodes.Status503ServiceUnavailable, "Too many certificates of SNS are being fetched.");
            foreach (var old in _certificates.Where(c => c.Value.Certificate.IsFaulted || c.Value.Until <= now).ToList())
                _certificates.Remove(old.Key);
            if (_certificates.Count >= MaxCertificates)
                _certificates.Remove(_certificates.MinBy(c => c.Value.Until).Key);
            // Not in the lock, and not in the time of one of the requests that wait for it.
            var certificate = Task.Run(() => FetchAsync(url));
            _certificates[url] = (now + KeepFor, certificate);
            return certificate;
        }
    }

    private async Task<SnsCertificate> FetchAsync(Uri url)
    {
        var answer = await GetAsync(url).ConfigureAwait(false);
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(answer));
            using var key = certificate.GetRSAPublicKey();
            if (key is { KeySize: >= MinKeyBits })
                return new SnsCertificate(key.ExportParameters(false), certificate.NotBefore, certificate.NotAfter);
        }
        catch (CryptographicException)
        {
            // It is no certificate.
        }
        throw Unavailable("What was fetched as the certificate of SNS is not one with an RSA key.");
    }

    private async Task<byte[]> GetAsync(Uri url)
    {
        using var timeout = new CancellationTokenSource(Timeout, _time);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token)
                .ConfigureAwait(false);
            // A handler of the application may have followed a redirect.
            if (response.StatusCode == HttpStatusCode.OK && (response.RequestMessage?.RequestUri ?? url) == url)
                return await ReadAsync(response, timeout.Token).ConfigureAwait(false);
            throw Unavailable($"SNS has answered with {(int)response.StatusCode} instead of a certificate or a confirmation.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            throw Unavailable("SNS cannot be asked for a certificate or a confirmation.");
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var bytes = new byte[MaxAnswer + 1];
            var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            return length <= MaxAnswer
                ? bytes[..length]
                : throw Unavailable($"SNS has answered with more than {MaxAnswer} bytes.");
        }
    }

    /// <summary>Whatever a proxy or a network of our own has answered: SNS drops what is refused, and sends again what is not.</summary>
    private static WebhookException Unavailable(string reason) => new(StatusCodes.Status503ServiceUnavailable, reason);

    private static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
