using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Aspire.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds a development mailbox to an app host.</summary>
public static class MailboxResourceBuilderExtensions
{
    /// <summary>Adds an SMTP server that accepts every email and delivers none, with a page that shows them.</summary>
    /// <remarks>
    /// The server runs in the app host while it runs, without a container, and listens on this machine alone. The dashboard links to its
    /// page. It is not part of a manifest: a deployment needs a real server, for instance
    /// <c>builder.AddConnectionString("mail")</c> if <c>builder.ExecutionContext.IsPublishMode</c>.
    /// </remarks>
    /// <param name="builder">The app host.</param>
    /// <param name="name">The name of the resource, which is that of the connection string.</param>
    /// <param name="smtpPort">The port of the SMTP server. Default: null, which means a free one.</param>
    /// <param name="webPort">The port of the page. Default: null, which means a free one.</param>
    /// <returns>The resource, for <c>WithReference</c> and <c>WaitFor</c>.</returns>
    /// <exception cref="ArgumentNullException">The app host or the name is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A port is not one of 1 to 65535.</exception>
    public static IResourceBuilder<MailboxResource> AddMailbox(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int? smtpPort = null, int? webPort = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ThrowIfNotPort(smtpPort, nameof(smtpPort));
        ThrowIfNotPort(webPort, nameof(webPort));
        return builder.AddResource(new MailboxResource(name) { SmtpPort = smtpPort, WebPort = webPort })
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = "Mailbox",
                Properties = [],
                State = KnownResourceStates.NotStarted,
            })
            .ExcludeFromManifest()
            .OnInitializeResource(StartAsync);
    }

    private static async Task StartAsync(MailboxResource resource, InitializeResourceEvent initialize, CancellationToken cancellationToken)
    {
        var (notifications, logger) = (initialize.Notifications, initialize.Logger);
        MailboxServer server;
        try
        {
            await initialize.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, initialize.Services), cancellationToken)
                .ConfigureAwait(false);
            server = await MailboxServer.StartAsync(resource.SmtpPort, resource.WebPort, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            MailboxLog.NotStarted(logger, exception.Message);
            resource.Failed(exception);
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.FailedToStart })
                .ConfigureAwait(false);
            return;
        }
        var stopping = initialize.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        _ = RunAsync(server, logger, stopping);
        resource.Started(server.Port);
        var smtpUrl = $"smtp://localhost:{server.Port}";
        MailboxLog.Started(logger, smtpUrl, server.PageUrl);
        var startedAt = (initialize.Services.GetService<TimeProvider>() ?? TimeProvider.System).GetUtcNow().UtcDateTime;
        ImmutableArray<UrlSnapshot> urls =
        [
            new("mailbox", server.PageUrl, IsInternal: false),
            new("smtp", smtpUrl, IsInternal: false),
        ];
        await notifications.PublishUpdateAsync(
            resource, s => s with { State = KnownResourceStates.Running, StartTimeStamp = startedAt, Urls = urls })
            .ConfigureAwait(false);
        await initialize.Eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, initialize.Services), cancellationToken)
            .ConfigureAwait(false);
    }

    private static async Task RunAsync(MailboxServer server, ILogger logger, CancellationToken stopping)
    {
        await using (server.ConfigureAwait(false))
        {
            try
            {
                await server.RunAsync(logger, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The app host stops.
            }
        }
    }

    private static void ThrowIfNotPort(int? port, string name)
    {
        if (port is < 1 or > 65535)
            throw new ArgumentOutOfRangeException(name, port, "A port is a number from 1 to 65535.");
    }
}
