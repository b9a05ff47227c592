namespace SmtpTransport;

/// <summary>
/// The server refused something in the midst of code that is not ours to leave with a value: a callback of MailKit, or the writing of a
/// message into a
/// stream. Never reaches a caller.
/// </summary>
internal sealed class ServerRefusedException(Reply reply) : Exception(reply.Text)
{
    public Reply Reply { get; } = reply;
}
