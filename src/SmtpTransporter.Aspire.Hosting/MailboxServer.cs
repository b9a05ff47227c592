using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Mailbox;
using SmtpTransport.Testing;

namespace SmtpTransport.Aspire.Hosting;

/// <summary>The SMTP server and the page. Used by one caller.</summary>
internal sealed class MailboxServer : IAsyncDisposable
{
    private const int SizeLimit = 50 * 1024 * 1024;

    private readonly SmtpTestServer _smtp;
    private readonly WebApplication _page;
    private readonly MailboxStore _store;

    private MailboxServer(SmtpTestServer smtp, WebApplication page, MailboxStore store)
    {
        _smtp = smtp;
        _page = page;
        _store = store;
    }

    public int Port => _smtp.Port;

    public string PageUrl => _page.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    /// <param name="smtpPort">The port of the SMTP server; null for a free one.</param>
    /// <param name="webPort">The port of the page; null for a free one.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="InvalidOperationException">A port cannot be used; the message names it.</exception>
    public static async Task<MailboxServer> StartAsync(int? smtpPort, int? webPort, CancellationToken cancellationToken)
    {
        var smtp = StartSmtp(smtpPort ?? 0);
        var page = CreatePage(webPort ?? 0, out var store);
        try
        {
            await page.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await page.DisposeAsync().ConfigureAwait(false);
            await smtp.DisposeAsync().ConfigureAwait(false);
            if (exception is IOException)
                throw new InvalidOperationException($"The mailbox cannot use port {webPort} for its page: {exception.Message}", exception);
            throw;
        }
        return new MailboxServer(smtp, page, store);
    }

    /// <summary>Puts what arrives on the page, until it is canceled.</summary>
    public async Task RunAsync(ILogger logger, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _smtp.WaitForMessageAsync(0, cancellationToken).ConfigureAwait(false);
            foreach (var message in _smtp.TakeMessages())
            {
                _store.Add(message.Sender, message.Recipients, message.Raw);
                MailboxLog.Received(logger, message.Raw.Length, message.Recipients.Count);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync().ConfigureAwait(false);
        await _smtp.DisposeAsync().ConfigureAwait(false);
    }

    private static SmtpTestServer StartSmtp(int port)
    {
        try
        {
            return SmtpTestServer.Start(new()
            {
                Port = port,
                Address = IPAddress.Loopback,
                KeepSessions = false,
                Tls = SmtpTestTlsMode.None,
                SizeLimit = SizeLimit,
            });
        }
        catch (SocketException exception)
        {
            throw new InvalidOperationException($"The mailbox cannot use port {port} for SMTP: {exception.Message}", exception);
        }
    }

    // The arguments and the environment of the app host are not those of the page: ASPNETCORE_URLS is the dashboard's.
    private static WebApplication CreatePage(int port, out MailboxStore store)
    {
        var messages = store = new MailboxStore();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        var page = builder.Build();
        page.MapMailbox("/", o => (o.Store, o.AllowOutsideDevelopment) = (messages, true));
        return page;
    }
}
