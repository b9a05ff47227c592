using System.Net.Sockets;

namespace SmtpTransport;

/// <summary>
/// Opens the way to the server of the options: over TCP, over a Unix socket, through a proxy, or what the caller's callback connects.
/// </summary>
internal sealed class WireOpener(ServerOptions options, Connector connector, SecretRedactor secrets)
{
    private readonly ProxyConnector _proxies = new(options, connector);
    private readonly ProxyAddress? _proxy = ProxyAddress.Parse(options.Proxy);

    /// <summary>How the server is reached, for the log; null for a plain connection to host and port.</summary>
    public string? Via => options.ConnectCallback is not null ? "through ConnectCallback"
        : UnixSocketAddress.PathOf(options.Host) is not null ? $"over {options.Host}"
        : _proxy is not null ? $"through {_proxy}"
        : options.Proxy is not null ? "as the system's proxy settings say" : null;

    public async ValueTask<WireStream> OpenAsync(bool async, Deadline deadline, DialogueTracker tracker)
    {
        if (options.ConnectCallback is { } callback)
            return await CallAsync(async, callback, deadline, tracker).ConfigureAwait(false);
        if (UnixSocketAddress.PathOf(options.Host) is { } path)
            return new DeadlineStream(await UnixConnector.ConnectAsync(async, path, deadline, tracker).ConfigureAwait(false));
        if (await FindProxyAsync(async, deadline, tracker).ConfigureAwait(false) is { } proxy)
            return await _proxies.ConnectAsync(async, proxy, deadline, tracker).ConfigureAwait(false);
        return new DeadlineStream(await connector.ConnectAsync(
            async, options.Host, options.Port, options.LocalAddress, deadline, tracker).ConfigureAwait(false));
    }

    private async ValueTask<ProxyAddress?> FindProxyAsync(bool async, Deadline deadline, DialogueTracker tracker)
    {
        if (_proxy is not null || options.Proxy is null)
            return _proxy;
        tracker.EnterStep(DialogueStep.Connect);
        var proxy = await SystemProxy.FindAsync(async, options.Host, options.Port, deadline).ConfigureAwait(false);
        if (proxy is not null)
            secrets.Add(proxy);
        return proxy;
    }

    private async ValueTask<WireStream> CallAsync(
        bool async, Func<ConnectContext, CancellationToken, ValueTask<Stream>> callback, Deadline deadline, DialogueTracker tracker)
    {
        tracker.EnterStep(DialogueStep.Connect);
        var asked = Task.Run(
            () => callback(new ConnectContext(options.Host, options.Port), deadline.Token).AsTask(), CancellationToken.None);
        Stream? stream;
        try
        {
            // A synchronous send waits for asynchronous code here: it is the caller's own.
            if (!async && Task.WaitAny([asked], deadline.RemainingMilliseconds, deadline.Token) < 0)
                throw new TimeoutException("ConnectCallback returned no stream in time.");
            stream = async ? await asked.WaitAsync(deadline.Token).ConfigureAwait(false) : asked.GetAwaiter().GetResult();
        }
        // Also if the wait ended a moment before the deadline: the stream may still come.
        catch (Exception) when (deadline.IsOver || !asked.IsCompleted)
        {
            DisposeLate(asked);
            throw;
        }
        catch (Exception exception) when (exception is SocketException or IOException or TimeoutException)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ConnectFailed, "tcp", $"ConnectCallback could not connect: {exception.Message}", exception)
            {
                Explanation = "own.connect-callback",
            };
        }
        catch (Exception exception)
        {
            throw new SendFailureException(
                SmtpErrorCodes.CallbackFailed, "conf", $"ConnectCallback failed: {exception.Message}", exception);
        }
        return stream switch
        {
            null => throw new SendFailureException(SmtpErrorCodes.CallbackFailed, "conf", $"ConnectCallback returned null."),
            // The socket itself has timeouts, and tells whether something has come. A type derived from it may do more.
            NetworkStream network when network.GetType() == typeof(NetworkStream) => new DeadlineStream(network.Socket),
            _ => new CallerStream(stream),
        };
    }

    private static void DisposeLate(Task<Stream> asked) => _ = asked.ContinueWith(
        static t =>
        {
            if (t.IsCompletedSuccessfully)
                t.Result?.Dispose();
            else
                _ = t.Exception;
        },
        TaskScheduler.Default);
}
