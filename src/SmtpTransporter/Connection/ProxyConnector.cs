using System.Net.Sockets;

namespace SmtpTransport;

/// <summary>
/// Connects to a server through a proxy. Not by MailKit's clients for proxies: these open the socket themselves, so that in synchronous
/// calls a proxy which sends one byte at a time knows no time limit, and their failures do not tell a wrong password from a forbidden
/// target. Safe for concurrent callers.
/// </summary>
internal sealed class ProxyConnector(ServerOptions options, Connector connector)
{
    public async ValueTask<WireStream> ConnectAsync(bool async, ProxyAddress proxy, Deadline deadline, DialogueTracker tracker)
    {
        WireStream? wire = null;
        ProxyDialogue? dialogue = null;
        var isProxyAsked = false;
        try
        {
            // SOCKS 4 knows addresses only.
            var target = proxy.Kind == ProxyKind.Socks4
                ? await connector.FindIPv4Async(async, options.Host, deadline, tracker).ConfigureAwait(false) : options.Host;
            isProxyAsked = true;
            wire = new DeadlineStream(await ReachAsync(async, proxy, deadline, tracker).ConfigureAwait(false));
            wire.Begin(deadline);
            dialogue = new ProxyDialogue(wire, proxy, async);
            if (proxy.Kind == ProxyKind.Http)
                await HttpTunnel.OpenAsync(dialogue, target, options.Port).ConfigureAwait(false);
            else if (proxy.Kind == ProxyKind.Socks5)
                await Socks5Tunnel.OpenAsync(dialogue, target, options.Port).ConfigureAwait(false);
            else
                await Socks4Tunnel.OpenAsync(dialogue, target, options.Port).ConfigureAwait(false);
            wire.End();
            return wire;
        }
        catch (Exception exception)
        {
            if (wire is not null)
                await wire.DisposeAsync().ConfigureAwait(false);
            if (deadline is { TimedOut: true, CanceledByCaller: false, CanceledByDisposal: false } && isProxyAsked)
            {
                throw new SendFailureException(
                    SmtpErrorCodes.ProxyTimeout, "proxy",
                    dialogue is null ? ErrorText.Say($"The proxy {proxy} did not accept the connection in time.")
                        : dialogue.HasAnswered ? ErrorText.Say($"The proxy {proxy} did not connect to \"{options.Host:own}\" in time.")
                        : ErrorText.Say($"The proxy {proxy} did not answer in time. Is it a proxy of this kind?"),
                    exception);
            }
            if (exception is IOException && !deadline.IsOver)
                throw ProxyDialogue.Lost(proxy, dialogue is { HasAnswered: true }, exception);
            throw;
        }
    }

    private async ValueTask<Socket> ReachAsync(bool async, ProxyAddress proxy, Deadline deadline, DialogueTracker tracker)
    {
        try
        {
            return await connector.ConnectAsync(async, proxy.Host, proxy.Port, options.LocalAddress, deadline, tracker)
                .ConfigureAwait(false);
        }
        catch (SocketException exception) when (!deadline.IsOver)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProxyUnreachable, "proxy", $"The proxy {proxy} cannot be reached: {exception.Message.TrimEnd('.'):own}.",
                exception);
        }
    }
}
