namespace SmtpTransport;

/// <summary>
/// The names under which spans and metrics are published, for OpenTelemetry's <c>AddSource</c> and <c>AddMeter</c>. There is no convention
/// for SMTP yet; <c>docs/telemetry.md</c> lists the names of the spans, metrics and their attributes. Without a listener they cost
/// nothing.
/// </summary>
/// <example>
/// <code>
/// services.AddOpenTelemetry()
///     .WithTracing(t => t.AddSource(SmtpTelemetry.Name))
///     .WithMetrics(m => m.AddMeter(SmtpTelemetry.Name, SmtpTelemetry.MailKitName));
/// </code>
/// </example>
public static class SmtpTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "SmtpTransporter";

    /// <summary>
    /// The name of MailKit's meter, which measures the connecting. It is enabled when a transporter is created.
    /// </summary>
    public const string MailKitName = "mailkit.net.smtp";
}
