namespace SmtpTransport.Outbox;

/// <summary>What of the database slows the outbox down, although it works.</summary>
/// <param name="Text">What it is, and what to do.</param>
/// <param name="Data">Numbers for the health check.</param>
internal sealed record DatabaseBurden(string Text, Dictionary<string, object> Data);
