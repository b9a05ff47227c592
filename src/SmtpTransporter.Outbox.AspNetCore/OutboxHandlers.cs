using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles the requests of the page.</summary>
internal static class OutboxHandlers
{
    public static RouteGroupBuilder Map(
        IEndpointRouteBuilder endpoints, string path, IOutbox outbox, IOutboxMonitor monitor, TimeSpan lateAfter, TimeProvider time)
    {
        var group = endpoints.MapGroup(path);
        OutboxPage.Map(group);
        var status = new StatusHandlers(outbox, monitor, lateAfter, time);
        status.Map(group);
        new EmailHandlers(outbox, time).Map(group);
        new ActionHandlers(outbox, monitor, status.Invalidate).Map(group);
        return group;
    }
}
