using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Mailbox;
using SmtpTransport.Testing;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>A mail server for development that takes everything and delivers nothing, with its mailbox in the browser.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(int port, int webPort, SmtpTestTlsMode tls, bool anywhere, int keep, ToolContext around, CancellationToken cancellationToken)
    {
        var address = anywhere ? IPAddress.Any : IPAddress.Loopback;
        var store = new MailboxStore(keep);
        SmtpTestServer server;
        try
        {
            server = SmtpTestServer.Start(new() { Port = port, Address = address, Tls = tls, KeepSessions = false, HostName = Dns.GetHostName(), SizeLimit = 50 * 1024 * 1024 });
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            throw new UsageException($"Port {port} cannot be had: {exception.Message}", exception);
        }
        await using (server)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls($"http://{address}:{webPort}");
            await using var app = builder.Build();
            app.MapMailbox("/", o => (o.Store, o.AllowOutsideDevelopment) = (store, true));
            try
            {
                await app.StartAsync(cancellationToken);
            }
            catch (IOException exception)
            {
                throw new UsageException($"Port {webPort} cannot be had: {exception.Message}", exception);
            }
            around.Screen.MarkupLineInterpolated($"Mail     [bold]smtp://localhost:{server.Port}[/]  ({(tls == SmtpTestTlsMode.None ? "no TLS" : tls.ToString())}; any mail is taken, none is delivered)");
            around.Screen.MarkupLineInterpolated($"Mailbox  [bold]{app.Urls.First().Replace("0.0.0.0", "localhost", StringComparison.Ordinal).Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}[/]");
            around.Screen.WriteLine("Ctrl+C ends it.");
            try
            {
                while (true)
                {
                    await server.WaitForMessageAsync(0, cancellationToken);
                    foreach (var message in server.TakeMessages())
                    {
                        store.Add(message.Sender, message.Recipients, message.Raw);
                        around.Screen.MarkupLineInterpolated($"[dim]{TimeProvider.System.GetLocalNow():HH:mm:ss}[/]  {message.Sender} → {string.Join(", ", message.Recipients)}  {message.Raw.Length} bytes");
                    }
                }
            }
            catch (OperationCanceledException)
            {
                await app.StopAsync(CancellationToken.None);
                return ExitCodes.Done;
            }
        }
    }
}
