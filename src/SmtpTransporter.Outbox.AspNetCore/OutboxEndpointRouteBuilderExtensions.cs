using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the outbox's page into an application.</summary>
public static class OutboxEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Shows the outbox under a path: what waits, the tries, what is parked and the dead letters; a mail can be sent again, dropped or cancelled, and
    /// the sending paused. Whoever may see the page sees addresses, subjects and the servers' words, and decides; what a mail says is not shown. An
    /// authorisation is always required.
    /// </summary>
    /// <param name="endpoints">The application. It needs <c>AddSmtpOutbox</c> and <c>AddAuthorization</c>.</param>
    /// <param name="pattern">The path. Default <c>/outbox</c>.</param>
    /// <param name="policy">The name of the authorisation policy. Default the application's default one: a user who is signed in.</param>
    /// <returns>The endpoints, for further conditions.</returns>
    /// <exception cref="InvalidOperationException">There is no outbox or no authorisation among the services.</exception>
    public static IEndpointConventionBuilder MapOutbox(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/outbox", string? policy = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        var services = endpoints.ServiceProvider;
        if (services.GetService<IAuthorizationService>() is null)
            throw new InvalidOperationException("MapOutbox shows addresses and lets its users send mails again: it needs an authorisation. Call builder.Services.AddAuthorization() and add an authentication.");
        var outbox = services.GetService<IOutbox>() ?? throw new InvalidOperationException("There is no outbox: builder.Services.AddSmtpOutbox(…) is missing.");
        var group = new OutboxHandlers(outbox, services.GetService<TimeProvider>() ?? TimeProvider.System).Map(endpoints, pattern.TrimEnd('/'));
        return policy is null ? group.RequireAuthorization() : group.RequireAuthorization(policy);
    }
}
