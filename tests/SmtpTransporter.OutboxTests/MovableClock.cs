namespace SmtpTransport.OutboxTests;

/// <summary>The clock of the system, moved by an offset.</summary>
internal sealed class MovableClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
