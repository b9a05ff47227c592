using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;

namespace SmtpTransport;

/// <summary>The spans: one for each send, and one for each of its steps. Null if nobody listens. Safe for concurrent callers.</summary>
internal static class SmtpActivitySource
{
    private static readonly ActivitySource Source = new(
        SmtpTelemetry.Name, typeof(SmtpActivitySource).Assembly.GetName().Version?.ToString() ?? "");

    public static Activity? Send(ServerOptions options)
    {
        var span = Source.StartActivity("smtp send", ActivityKind.Client);
        // A pickup folder has no server.
        if (options.PickupFolder is null)
            span?.SetTag("network.protocol.name", "smtp").SetTag("server.address", options.Host).SetTag("server.port", options.Port);
        return span;
    }

    /// <summary>A step of the send that is under way: <c>smtp wait</c>, <c>smtp connect</c>, <c>smtp transaction</c>.</summary>
    public static Activity? Step(string name, ServerOptions options)
    {
        if (!Source.HasListeners())
            return null;
        var span = Source.StartActivity(name, name == "smtp wait" ? ActivityKind.Internal : ActivityKind.Client);
        span?.SetTag("server.address", options.Host).SetTag("server.port", options.Port);
        return span;
    }

    /// <summary>The steps within the opening of a connection, which are known when it is over.</summary>
    public static void Opened(Activity? connect, SslProtocols protocol, TlsCipherSuite? cipher, string? mechanism)
    {
        if (connect is null)
            return;
        if (protocol != SslProtocols.None)
            connect.SetTag("tls.protocol.version", VersionOf(protocol)).SetTag("tls.cipher", cipher?.ToString());
        if (mechanism is not null)
            connect.SetTag("smtp.auth.mechanism", mechanism);
    }

    /// <summary>A step that is over, within the opening of a connection.</summary>
    public static void Past(Activity? connect, string name, TimeSpan began, TimeSpan took)
    {
        if (connect is null || took <= TimeSpan.Zero)
            return;
        var start = connect.StartTimeUtc + began;
        using var span = Source.StartActivity(name, ActivityKind.Client, connect.Context, startTime: start);
        span?.SetEndTime(start + took);
    }

    public static void Failed(Activity? step, Exception exception)
    {
        if (step is null)
            return;
        step.SetTag("error.type", exception.GetType().FullName);
        step.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>The outcome of the send. Addresses and the subject are added only if the options allow them.</summary>
    public static void Sent(Activity? span, ServerOptions options, OutgoingMessage? message, SendResult result, bool canceled, long? size)
    {
        if (span is null)
            return;
        span.SetTag("smtp.outcome", result.Outcome.ToString()).SetTag("smtp.recipient.count", result.Recipients.Count);
        if (result.Status != 0)
            span.SetTag("smtp.response.status_code", result.Status);
        if (result.EnhancedStatus is { } enhanced)
            span.SetTag("smtp.response.enhanced_status_code", enhanced.ToString());
        if (result.FailedStep is { } step)
            span.SetTag("smtp.failed_step", step.ToString());
        if (size is { } octets)
            span.SetTag("smtp.message.size", octets);
        if (SmtpMetrics.ErrorType(result, canceled) is { } error)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, PersonalData.Mask(result, options));
        }
        if (!options.IncludePersonalDataInTelemetry || message is null)
            return;
        span.SetTag("smtp.message.id", message.MessageId).SetTag("smtp.envelope.from", message.Envelope.Sender)
            .SetTag("smtp.envelope.to", message.Envelope.Recipients.ToArray()).SetTag("smtp.message.subject", message.Email?.Subject);
    }

    private static string VersionOf(SslProtocols protocol) =>
        protocol.ToString() is ['T', 'l', 's', var major] ? $"{major}.0"
        : protocol.ToString() is ['T', 'l', 's', var first, var second] ? string.Create(CultureInfo.InvariantCulture, $"{first}.{second}")
        : protocol.ToString();
}
