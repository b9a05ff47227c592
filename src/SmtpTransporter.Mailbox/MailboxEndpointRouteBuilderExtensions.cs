using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
using SmtpTransport.Mailbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts a mailbox into an application.</summary>
public static class MailboxEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Shows the mails that the application would have sent (<see cref="ServerOptions.PickupFolder"/>), or those of a store, under a path: a list
    /// that is live, HTML in a sandbox, text, headers, source, attachments, and what <see cref="Email.Analyze"/> finds. For development: whoever
    /// reaches the page can read every mail.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path. Default <c>/mailbox</c>.</param>
    /// <param name="configure">Sets what is shown, and where. Default: the folder of the setting <c>Smtp:PickupFolder</c>.</param>
    /// <returns>The endpoints, for an authorisation and the like.</returns>
    /// <exception cref="InvalidOperationException">
    /// The environment is not Development and <see cref="MailboxOptions.AllowOutsideDevelopment"/> is false; or there is neither a folder nor a store.
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
                "MapMailbox is for the environment Development: it shows every mail to whoever reaches it. Map it only there (app.Environment.IsDevelopment()), or set AllowOutsideDevelopment and put an authorisation on it.");
        }
        var store = options.Store ?? new MailboxStore();
        PickupFolderWatch? watch = null;
        if (options.Store is null)
        {
            var folder = options.Folder ?? services.GetService<IConfiguration>()?["Smtp:PickupFolder"];
            if (string.IsNullOrWhiteSpace(folder))
                throw new InvalidOperationException("MapMailbox has nothing to show: set Smtp:PickupFolder in the configuration, or Folder or Store here.");
            watch = new PickupFolderWatch(folder, store);
            services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(watch.Dispose);
        }
        var stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        return new MailboxHandlers(store, watch, stopping).Map(endpoints, pattern.TrimEnd('/'));
    }
}
