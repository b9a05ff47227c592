using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the page of the outbox to an application.</summary>
public static class OutboxEndpointRouteBuilderExtensions
{
    /// <summary>Shows the outbox under a path, for users who are authorized.</summary>
    /// <remarks>
    /// The page finds emails and shows their attempts, the lanes, and a chart of the last hour and day. Its users can resend, discard,
    /// cancel and restore one email or all that match, export them, erase what there is of a person, and pause the sending. They see
    /// addresses, subjects and the server's replies, but not the content of the emails, unless they meet
    /// <paramref name="messagePolicy"/>. Authorization is always required; the name of the user is recorded with each action.
    /// </remarks>
    /// <param name="endpoints">The application. It needs <c>AddSmtpOutbox</c> and <c>AddAuthorization</c>.</param>
    /// <param name="pattern">The path. Default: <c>/outbox</c>.</param>
    /// <param name="policy">
    /// The name of the authorization policy. Default: the application's default policy, which requires a signed-in user.
    /// </param>
    /// <param name="messagePolicy">
    /// The name of the authorization policy of those who may also download the message of an email, with its content, as a file
    /// (<c>.eml</c>); each download is logged. Default: nobody may.
    /// </param>
    /// <param name="key">The key of the outbox (<c>AddKeyedSmtpOutbox</c>). Default: the one without a key.</param>
    /// <returns>The endpoints, for further conventions.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="pattern"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The services contain no outbox or no authorization.</exception>
    public static IEndpointConventionBuilder MapOutbox(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/outbox", string? policy = null,
        string? messagePolicy = null, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        var services = endpoints.ServiceProvider;
        if (services.GetService<IAuthorizationService>() is not { } authorization)
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
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("SmtpTransport.Outbox.Page");
        var group = OutboxHandlers.Map(
            endpoints, pattern.TrimEnd('/'), outbox, monitor, (options ?? new OutboxOptions()).DegradedAfter,
            new MessageAccess(authorization, messagePolicy, logger),
            services.GetService<TimeProvider>() ?? TimeProvider.System);
        return policy is null ? group.RequireAuthorization() : group.RequireAuthorization(policy);
    }
}
