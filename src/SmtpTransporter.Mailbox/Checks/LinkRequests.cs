using System.Globalization;

namespace SmtpTransport.Mailbox;

/// <summary>Requests the addresses of a message's links and images. Safe for concurrent callers.</summary>
internal static class LinkRequests
{
    private const int MaxAddresses = 100;
    private const int MaxRequests = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <returns>The answers, in the order of the addresses; at most 100.</returns>
    public static async Task<IReadOnlyList<LinkAnswer>> AskAsync(
        HttpClient client, IEnumerable<LinkView> links, CancellationToken cancellationToken)
    {
        // Nothing in a link-local network is for the reader of an email, and clouds give out credentials there.
        var addresses = links.Select(l => l.Address)
            .Where(a => Uri.TryCreate(a, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                && !LinkCheck.IsLinkLocal(uri))
            .Distinct(StringComparer.Ordinal).Take(MaxAddresses).ToList();
        var answers = new LinkAnswer[addresses.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxRequests, CancellationToken = cancellationToken };
        await Parallel.ForAsync(
            0, addresses.Count, parallel,
            async (i, cancellation) => answers[i] = await AskAsync(client, addresses[i], cancellation).ConfigureAwait(false))
            .ConfigureAwait(false);
        return answers;
    }

    private static async Task<LinkAnswer> AskAsync(HttpClient client, string address, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            var answer = await AskAsync(client, HttpMethod.Head, address, limit.Token).ConfigureAwait(false);
            // RFC 9110, section 9.1: a server must support HEAD, and not all do.
            return answer.IsGood ? answer : await AskAsync(client, HttpMethod.Get, address, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new LinkAnswer(address, false, $"no answer within {Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or InvalidOperationException)
        {
            return new LinkAnswer(address, false, exception.Message);
        }
    }

    private static async Task<LinkAnswer> AskAsync(
        HttpClient client, HttpMethod method, string address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        var text = $"{(int)response.StatusCode} {response.StatusCode}";
        var end = response.RequestMessage?.RequestUri?.AbsoluteUri;
        var moved = end is not null && end != new Uri(address).AbsoluteUri ? $", at {end}" : "";
        return new LinkAnswer(address, response.IsSuccessStatusCode, text + moved);
    }
}
