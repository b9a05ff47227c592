namespace SmtpTransport;

/// <summary>Who unsubscribes from what, as a link of <see cref="UnsubscribeLinks"/> says it.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Address">The address.</param>
/// <param name="Stream">The kind of emails, for example <c>newsletter</c>; null for all.</param>
public sealed record UnsubscribeRequest(string Address, string? Stream)
{
    /// <summary>Returns the stream; no address.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => Stream ?? "all emails";
}
