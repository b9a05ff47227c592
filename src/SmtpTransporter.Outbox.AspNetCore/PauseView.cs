namespace SmtpTransport.Outbox;

/// <summary>A pause, as JSON.</summary>
/// <param name="Transporter">The key of the transporter; null for all.</param>
/// <param name="Lane">The name of the lane; null for all.</param>
/// <param name="Text">What is paused, by whom and why.</param>
/// <param name="PausedAt">Since when.</param>
internal sealed record PauseView(string? Transporter, string? Lane, string Text, DateTimeOffset PausedAt)
{
    public static PauseView FromPause(OutboxPause pause) => new(pause.TransporterName, pause.Lane, pause.ToString(), pause.PausedAt);
}
