using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Mailbox;
using SmtpTransport.Testing;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Runs an SMTP server for development that accepts every message and delivers none, with a mailbox in the browser.</summary>
internal static class ServeCommand
{
    private const int SizeLimit = 50 * 1024 * 1024;

    public static async Task<int> RunAsync(ServeArguments arguments, ToolContext context, CancellationToken cancellationToken)
    {
        var (port, webPort, tls) = (arguments.Port, arguments.WebPort, arguments.Tls);
        var address = arguments.Anywhere ? IPAddress.Any : IPAddress.Loopback;
        var store = new MailboxStore(arguments.Keep);
        using var transporter = arguments.Release is null ? null : CreateTransporter(arguments.Release);
        using var client = arguments.RequestsLinks ? new HttpClient() : null;
        SmtpTestServer server;
        try
        {
            server = SmtpTestServer.Start(new()
            {
                Port = port,
                Address = address,
                Tls = tls,
                KeepSessions = false,
                HostName = Dns.GetHostName(),
                SizeLimit = SizeLimit,
            });
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            throw new UsageException($"Port {port} cannot be used: {exception.Message}", exception);
        }
        await using (server)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls($"http://{address}:{webPort}");
            await using var app = builder.Build();
            try
            {
                app.MapMailbox("/", o =>
                {
                    (o.Store, o.AllowOutsideDevelopment, o.AllowedHosts) = (store, true, arguments.AllowedHosts);
                    (o.ReleaseTransporter, o.LinkClient) = (transporter, client);
                });
            }
            catch (ArgumentException exception)
            {
                throw new UsageException(exception.Message, exception);
            }
            try
            {
                await app.StartAsync(cancellationToken);
            }
            catch (IOException exception)
            {
                throw new UsageException($"Port {webPort} cannot be used: {exception.Message}", exception);
            }
            var security = tls == SmtpTestTlsMode.None ? "no TLS" : tls.ToString();
            var url = app.Urls.First()
                .Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
                .Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
            context.Screen.MarkupLineInterpolated(
                $"Server   [bold]smtp://localhost:{server.Port}[/]  ({security}; accepts every message, delivers none)");
            context.Screen.MarkupLineInterpolated($"Mailbox  [bold]{url}[/]");
            if (arguments.Release is { } release)
            {
                var limit = release.AllowedRecipients.Count == 0 ? "any address" : string.Join(", ", release.AllowedRecipients);
                context.Screen.MarkupLineInterpolated(
                    $"Release  [bold]{release.Host}:{release.Port}[/]  (the mailbox can send a message to {limit})");
            }
            context.Screen.WriteLine("Press Ctrl+C to stop.");
            try
            {
                while (true)
                {
                    await server.WaitForMessageAsync(0, cancellationToken);
                    foreach (var message in server.TakeMessages())
                    {
                        store.Add(message.Sender, message.Recipients, message.Raw);
                        var time = TimeProvider.System.GetLocalNow();
                        var recipients = string.Join(", ", message.Recipients);
                        context.Screen.MarkupLineInterpolated(
                            $"[dim]{time:HH:mm:ss}[/]  {message.Sender} → {recipients}  {message.Raw.Length} bytes");
                    }
                }
            }
            catch (OperationCanceledException)
            {
                await app.StopAsync(CancellationToken.None);
                return ExitCodes.Success;
            }
        }
    }

    private static SmtpTransporter CreateTransporter(ServerOptions options)
    {
        try
        {
            return new SmtpTransporter(options);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"--release: {exception.Message}", exception);
        }
    }
}
