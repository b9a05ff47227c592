using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the webhooks by which services report what became of emails to an application.</summary>
public static class FeedbackEndpointRouteBuilderExtensions
{
    /// <summary>Takes bounces, complaints, deliveries and unsubscribes from Amazon SES, SendGrid, Mailgun and Postmark.</summary>
    /// <remarks>
    /// <para>
    /// Each service has a path of its own below <paramref name="pattern"/>: <c>/ses</c>, <c>/sendgrid</c>, <c>/mailgun</c> and
    /// <c>/postmark</c>, each only if the options have a key for it. What they report is recorded as if it had come by email
    /// (<see cref="IOutbox.RecordFeedbackAsync"/>).
    /// </para>
    /// <para>
    /// A request is verified before it is read: 401 or 403 answers one without a valid signature or password, or with an old time, 413 one
    /// that is too large, 415 one that is not JSON, and 400 one that is not well-formed. 200 means that all of it is recorded, and 503 that
    /// it is not, so that the service sends it again. What comes again is answered with 200 and changes nothing.
    /// </para>
    /// <para>No authorization of the application is required, whatever its fallback policy is. Thread-safe.</para>
    /// </remarks>
    /// <param name="endpoints">The application. It needs <c>AddSmtpOutbox</c>, unless the options record the events themselves.</param>
    /// <param name="pattern">The path, such as <c>/feedback</c>.</param>
    /// <param name="configure">Sets the services, with their keys.</param>
    /// <param name="key">The key of the outbox (<c>AddKeyedSmtpOutbox</c>). Default: the one without a key.</param>
    /// <returns>The endpoints, for further conventions.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> or <paramref name="configure"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="pattern"/> is empty, or a key is not valid.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no outbox and nothing else that records events, there is no service, or an option is outside its range.
    /// </exception>
    public static IEndpointConventionBuilder MapFeedback(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Action<FeedbackWebhookOptions> configure,
        string? key = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new FeedbackWebhookOptions();
        configure(options);
        options.ThrowIfInvalid();
        var services = endpoints.ServiceProvider;
        var lifetime = services.GetService<IHostApplicationLifetime>();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("SmtpTransport.Outbox.Feedback");
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var clock = new WebhookClock(time, options.Tolerance);
        var outbox = options.Record is null
            ? MappedOutbox.Find(services, key, ", or set Record in the options of MapFeedback") : null;
        var recorder = new WebhookRecorder(outbox, options.Record, time, lifetime?.ApplicationStopping ?? default);
        var handlers = new WebhookHandlers(recorder, clock, options.MaxBodySize, logger);
        var group = endpoints.MapGroup(pattern.TrimEnd('/'));
        foreach (var service in Create(options, clock, time, logger, lifetime))
            handlers.Map(group, service);
        return group.AllowAnonymous().DisableAntiforgery();
    }

    private static IEnumerable<WebhookService> Create(
        FeedbackWebhookOptions options, WebhookClock clock, TimeProvider time, ILogger logger, IHostApplicationLifetime? lifetime)
    {
        var names = new EmailNames(options.Tokens, options.MetadataName);
        if (options.SesTopics.Count > 0)
        {
            var client = new SnsClient(options.HttpHandler, time);
            lifetime?.ApplicationStopped.Register(client.Dispose);
            yield return new SesWebhook(options.SesTopics, client, clock, names, logger);
        }
        if (options.SendGridKeys.Count > 0)
            yield return new SendGridWebhook(options.SendGridKeys, clock, names);
        if (options.MailgunKeys.Count > 0)
            yield return new MailgunWebhook(new Secrets(options.MailgunKeys), clock, names);
        if (options.PostmarkLogins.Count > 0)
            yield return new PostmarkWebhook(new Secrets(options.PostmarkLogins), clock, names);
    }
}
