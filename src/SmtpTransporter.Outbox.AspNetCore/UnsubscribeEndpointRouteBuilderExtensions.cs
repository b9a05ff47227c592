using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport;
using SmtpTransport.Outbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the page on which recipients unsubscribe to an application.</summary>
public static class UnsubscribeEndpointRouteBuilderExtensions
{
    /// <summary>Lets recipients unsubscribe by the links of their emails (RFC 8058), without a login.</summary>
    /// <remarks>
    /// <para>
    /// A POST of <c>List-Unsubscribe=One-Click</c>, as mail clients send it, adds the recipient to the suppression list of the outbox, and
    /// holds back what waits; doing it again changes nothing. A GET shows a page with a button, and changes nothing, because scanners
    /// follow the links of emails. A token that is not valid is answered with 404. If it could not be stored, the answer is 503 with
    /// <c>Retry-After</c>, and the log says why: no answer claims what has not happened.
    /// </para>
    /// <para>No authorization is required, whatever the application's fallback policy is. A body has at most 4 KB.</para>
    /// </remarks>
    /// <param name="endpoints">The application. It needs <c>AddSmtpOutbox</c>.</param>
    /// <param name="pattern">The path, to which the URL of the links leads. Default: <c>/u</c>.</param>
    /// <param name="links">What reads the links. Default: the one of the services.</param>
    /// <param name="key">The key of the outbox (<c>AddKeyedSmtpOutbox</c>). Default: the one without a key.</param>
    /// <returns>The endpoints, for further conventions.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="pattern"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The services contain no outbox or no <see cref="UnsubscribeLinks"/>.</exception>
    public static IEndpointConventionBuilder MapUnsubscribe(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/u", UnsubscribeLinks? links = null,
        string? key = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        var services = endpoints.ServiceProvider;
        links ??= services.GetService<UnsubscribeLinks>() ?? throw new InvalidOperationException(
            "There are no UnsubscribeLinks. Call builder.Services.AddSingleton(new UnsubscribeLinks(url, key)), or give them to "
            + "MapUnsubscribe.");
        var group = endpoints.MapGroup(pattern.TrimEnd('/'));
        new UnsubscribeHandlers(links, MappedOutbox.FindList(services, key)).Map(group);
        return group.AllowAnonymous().DisableAntiforgery();
    }
}
