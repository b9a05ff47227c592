namespace SmtpTransport;

/// <summary>
/// The connection cannot be used any longer: the server closed it or violated the protocol, so that the next reply could be taken for the
/// answer to another command. Never reaches a caller.
/// </summary>
internal sealed class SessionBrokenException(ErrorText text, bool closedByServer = false)
    : Exception(text.ToString()), IWorded
{
    public ErrorText Text { get; } = text;

    public bool ClosedByServer { get; } = closedByServer;

    public static SessionBrokenException Closed() => new($"The server closed the connection unexpectedly.", closedByServer: true);

    /// <param name="command">What was answered.</param>
    /// <param name="reply">The reply, which is neither the one that was expected nor a refusal.</param>
    public static SessionBrokenException NotAReplyTo(string command, Reply reply) =>
        new($"The server answered {command:own} with {reply.Code}, which is not a valid reply to it.");
}
