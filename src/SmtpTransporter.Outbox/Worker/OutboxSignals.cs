namespace SmtpTransport.Outbox;

/// <summary>How the parts of this process wake each other. Thread-safe.</summary>
internal sealed class OutboxSignals(TimeProvider time)
{
    /// <summary>There may be emails to claim, or room for more.</summary>
    public WakeSignal Claims { get; } = new(time);

    /// <summary>An email was parked: the application may have to decide about it.</summary>
    public WakeSignal Decisions { get; } = new(time);
}
