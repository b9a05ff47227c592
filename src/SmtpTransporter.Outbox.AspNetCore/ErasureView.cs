namespace SmtpTransport.Outbox;

/// <summary>What an erasure has done, or would do, as JSON.</summary>
/// <param name="Erased">How many emails have lost their content, or would lose it.</param>
/// <param name="Remaining">How many others there are: they wait, are being sent, or are parked.</param>
/// <param name="HasMore">Whether there are more than were counted.</param>
internal sealed record ErasureView(long Erased, long Remaining, bool HasMore);
