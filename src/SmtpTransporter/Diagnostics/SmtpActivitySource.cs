using System.Diagnostics;
using System.Globalization;

namespace SmtpTransport;

/// <summary>The spans: one for each send, and one for each of its steps. Null where nobody listens. Safe for concurrent callers.</summary>
internal static class SmtpActivitySource
{
    private static readonly ActivitySource Source = new(SmtpTelemetry.Name, typeof(SmtpActivitySource).Assembly.GetName().Version?.ToString() ?? "");

    public static Activity? Send(ServerOptions options)
    {
        var span = Source.StartActivity("smtp send", ActivityKind.Client);
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

    /// <summary>The steps within a connection's opening, which are known when it is over.</summary>
    public static void Opened(Activity? connect, SmtpConnection connection)
    {
        if (connect is null)
            return;
        if (connection.Tls is { } tls)
            connect.SetTag("tls.protocol.version", VersionOf(tls.Protocol)).SetTag("tls.cipher", tls.Cipher?.ToString());
        if (connection.Mechanism is { } mechanism)
            connect.SetTag("smtp.auth.mechanism", mechanism);
        if (connection.Own?.Recorder is not { } recorder)
            return;
        var start = connect.StartTimeUtc + recorder.TimeIn(DialogueStep.Resolve) + recorder.TimeIn(DialogueStep.Connect)
            + recorder.TimeIn(DialogueStep.Greeting) + recorder.TimeIn(DialogueStep.Hello) + recorder.TimeIn(DialogueStep.StartTls);
        Past("smtp tls", start, recorder.TimeIn(DialogueStep.TlsHandshake));
        Past("smtp authenticate", start + recorder.TimeIn(DialogueStep.TlsHandshake), recorder.TimeIn(DialogueStep.Authenticate));

        void Past(string name, DateTime began, TimeSpan took)
        {
            if (took <= TimeSpan.Zero || Source.StartActivity(name, ActivityKind.Client, connect.Context, startTime: began) is not { } span)
                return;
            span.SetEndTime(began + took);
            span.Dispose();
        }
    }

    public static void Failed(Activity? step, Exception exception)
    {
        if (step is null)
            return;
        step.SetTag("error.type", exception.GetType().FullName);
        step.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>What became of the send. Whose mail it was is told only where the options say so.</summary>
    public static void Sent(Activity? span, ServerOptions options, OutgoingMessage? message, SendResult result, bool cancelled, long? size)
    {
        if (span is null)
            return;
        span.SetTag("smtp.outcome", result.Outcome.ToString()).SetTag("smtp.recipient.count", result.Recipients.Count);
        if (result.Status != 0)
            span.SetTag("smtp.response.status_code", result.Status);
        if (result.EnhancedStatus is { } enhanced)
            span.SetTag("smtp.response.enhanced_status_code", enhanced.ToString());
        if (size is { } octets)
            span.SetTag("smtp.message.size", octets);
        if (SmtpMetrics.ErrorType(result, cancelled) is { } error)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, PersonalData.Mask(result, options));
        }
        if (!options.IncludePersonalDataInTelemetry || message is null)
            return;
        span.SetTag("smtp.message.id", message.MessageId).SetTag("smtp.envelope.from", message.Envelope.Sender)
            .SetTag("smtp.envelope.to", message.Envelope.Recipients.ToArray()).SetTag("smtp.message.subject", message.Email?.Subject);
    }

    private static string VersionOf(System.Security.Authentication.SslProtocols protocol) =>
        protocol.ToString() is ['T', 'l', 's', var major] ? $"{major}.0"
        : protocol.ToString() is ['T', 'l', 's', var first, var second] ? string.Create(CultureInfo.InvariantCulture, $"{first}.{second}")
        : protocol.ToString();
}
