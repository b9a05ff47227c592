namespace SmtpTransport;

/// <summary>What the transactions of one connection share.</summary>
/// <param name="Channel">The bytes of the connection.</param>
/// <param name="Server">What the server offers.</param>
/// <param name="Tracker">Learns the step of the dialogue.</param>
/// <param name="Pipelines">Whether commands may be sent together (RFC 2920).</param>
/// <param name="Chunks">Whether messages are sent with BDAT (RFC 3030).</param>
/// <param name="RepliesForEach">Whether the server answers the message for each accepted recipient (LMTP, RFC 2033).</param>
/// <param name="Health">Counts the errors of the session.</param>
internal sealed record SessionContext(
    SmtpChannel Channel, ServerExtensions Server, DialogueTracker Tracker, bool Pipelines, bool Chunks, bool RepliesForEach,
    SessionHealth Health);
