using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
using SmtpTransport.Mailbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds a mailbox to an application.</summary>
public static class MailboxEndpointRouteBuilderExtensions
{
    /// <summary>Maps a page that shows the messages that the application would have sent, or those in a store.</summary>
    /// <remarks>
    /// <para>The messages are those in <see cref="ServerOptions.PickupFolder"/>, unless the options say otherwise. The page has a live
    /// list, and for each message the HTML in a sandbox, the text, the headers, the source, the attachments, the results of
    /// <see cref="Email.Analyze"/>, what some email programs do not show of the HTML, and the links and images.</para>
    /// <para>For development: anyone who can reach the page can read every message. It answers only to the names of this machine and to
    /// those in <see cref="MailboxOptions.AllowedHosts"/>.</para>
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path. Default: <c>/mailbox</c>.</param>
    /// <param name="configure">Sets the options. Default: the folder in the setting <c>Smtp:PickupFolder</c>.</param>
    /// <returns>The endpoints, for instance to require authorization.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="pattern"/> is empty, or <see cref="MailboxOptions.AllowedHosts"/> contains what is not a host name.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The environment is not Development and <see cref="MailboxOptions.AllowOutsideDevelopment"/> is false; or there is neither a folder
    /// nor a store.
    /// </exception>
    public static IEndpointConventionBuilder MapMailbox(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/mailbox", Action<MailboxOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        var options = new MailboxOptions();
        configure?.Invoke(options);
        var services = endpoints.ServiceProvider;
        if (!options.AllowOutsideDevelopment && services.GetService<IHostEnvironment>()?.IsDevelopment() != true)
        {
            throw new InvalidOperationException(
                "MapMailbox is for the Development environment: anyone who can reach the page can read every message. Map it only if "
                + "app.Environment.IsDevelopment(), or set AllowOutsideDevelopment and require authorization.");
        }
        var hosts = new HostCheck(options.AllowedHosts);
        var store = options.Store ?? new MailboxStore();
        PickupFolderWatch? watch = null;
        if (options.Store is null)
        {
            var folder = options.Folder ?? services.GetService<IConfiguration>()?["Smtp:PickupFolder"];
            if (string.IsNullOrWhiteSpace(folder))
            {
                throw new InvalidOperationException(
                    "MapMailbox has no messages to show. Set Smtp:PickupFolder in the configuration, or Folder or Store in the options.");
            }
            watch = new PickupFolderWatch(folder, store);
            services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(watch.Dispose);
        }
        var stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        var previews = options.Previews.Count > 0 ? new PreviewHandlers(options.Previews) : null;
        var actions = new MessageActions(store, options.ReleaseTransporter, options.LinkClient);
        return new MailboxHandlers(store, watch, hosts, previews, actions, stopping).Map(endpoints, pattern.TrimEnd('/'));
    }
}
