namespace SmtpTransport.Outbox;

/// <summary>The name of the outbox's meter.</summary>
public static class OutboxTelemetry
{
    /// <summary>For <c>AddMeter</c>.</summary>
    public const string Name = "SmtpTransporter.Outbox";
}
