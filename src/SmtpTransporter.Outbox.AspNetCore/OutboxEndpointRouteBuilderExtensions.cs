using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the page of the outbox to an application.</summary>
public static class OutboxEndpointRouteBuilderExtensions
{
    /// <summary>Shows the outbox under a path, for users who are authorized.</summary>
    /// <remarks>
    /// The page finds emails and shows their attempts, the lanes, and a chart of the last hour and day. Its users can resend, discard,
    /// cancel and restore one email or all that match, export them, and pause the sending. They see addresses, subjects and the server's
    /// replies, but not the content of the emails. Authorization is always required; the name of the user is recorded with each action.
    /// </remarks>
    /// <param name="endpoints">The application. It needs <c>AddSmtpOutbox</c> and <c>AddAuthorization</c>.</param>
    /// <param name="pattern">The path. Default: <c>/outbox</c>.</param>
    /// <param name="policy">
    /// The name of the authorization policy. Default: the application's default policy, which requires a signed-in user.
    /// </param>
    /// <param name="key">The key of the outbox (<c>AddKeyedSmtpOutbox</c>). Default: the one without a key.</param>
    /// <returns>The endpoints, for further conventions.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="pattern"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The services contain no outbox or no authorization.</exception>
    public static IEndpointConventionBuilder MapOutbox(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/outbox", string? policy = null, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        var services = endpoints.ServiceProvider;
        if (services.GetService<IAuthorizationService>() is null)
        {
            throw new InvalidOperationException(
                "MapOutbox shows addresses and lets its users resend emails: it requires authorization. "
                + "Call builder.Services.AddAuthorization() and add an authentication scheme.");
        }
        var outbox = MappedOutbox.Find(services, key);
        var monitor = key is null
            ? services.GetRequiredService<IOutboxMonitor>()
            : services.GetRequiredKeyedService<IOutboxMonitor>(key);
        var options = key is null ? services.GetService<OutboxOptions>() : services.GetKeyedService<OutboxOptions>(key);
        var group = OutboxHandlers.Map(
            endpoints, pattern.TrimEnd('/'), outbox, monitor, (options ?? new OutboxOptions()).DegradedAfter,
            services.GetService<TimeProvider>() ?? TimeProvider.System);
        return policy is null ? group.RequireAuthorization() : group.RequireAuthorization(policy);
    }
}
