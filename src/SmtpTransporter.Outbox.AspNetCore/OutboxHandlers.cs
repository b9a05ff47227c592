using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles the requests of the page.</summary>
internal static class OutboxHandlers
{
    public static RouteGroupBuilder Map(
        IEndpointRouteBuilder endpoints, string path, IOutbox outbox, IOutboxMonitor monitor, TimeSpan lateAfter, MessageAccess access,
        TimeProvider time)
    {
        var group = endpoints.MapGroup(path);
        OutboxPage.Map(group);
        var status = new StatusHandlers(outbox, monitor, lateAfter, time);
        status.Map(group);
        new EmailHandlers(outbox, access, time).Map(group);
        new ErasureHandlers(outbox, status.Invalidate).Map(group);
        new ActionHandlers(outbox, monitor, status.Invalidate).Map(group);
        ((IEndpointConventionBuilder)group).Finally(endpoint => endpoint.RequestDelegate = Guard(endpoint.RequestDelegate!));
        return group;
    }

    /// <summary>Tells the page of a key that is missing, which a search by recipient or Message-ID needs.</summary>
    private static RequestDelegate Guard(RequestDelegate handle) => async context =>
    {
        try
        {
            await handle(context).ConfigureAwait(false);
        }
        catch (CryptographicException exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await PageAnswers.ConflictAsync(context, exception.Message).ConfigureAwait(false);
        }
    };
}
