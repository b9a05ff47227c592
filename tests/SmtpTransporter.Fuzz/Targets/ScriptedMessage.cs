namespace SmtpTransport.Fuzz.Targets;

/// <summary>A message that was transmitted completely, and the replies to its transaction.</summary>
internal sealed class ScriptedMessage(IReadOnlyList<string> replies, int[] envelope, int end)
{
    private IReadOnlyList<string> _replies = replies;

    /// <summary>The reply to the message itself; empty if there was none.</summary>
    public string Verdict => ReplyTo(end);

    /// <summary>Whether the sender, a recipient and the message were accepted by plain replies.</summary>
    public bool IsAccepted =>
        envelope.Length > 1 && IsPlainYes(ReplyTo(envelope[0])) && envelope.Skip(1).Any(i => IsPlainYes(ReplyTo(i))) && IsPlainYes(Verdict);

    /// <summary>Whether the sender or every recipient was refused, so that nobody can have received the message.</summary>
    public bool IsUndeliverable =>
        envelope.Length > 1 && (IsNo(ReplyTo(envelope[0])) || envelope.Skip(1).All(i => IsNo(ReplyTo(i))));

    /// <summary>The connection has ended, so there are no more replies.</summary>
    public void Freeze() => _replies = [.. _replies];

    private string ReplyTo(int command) => command < _replies.Count ? _replies[command] : "";

    private static bool IsNo(string reply) =>
        reply.Length > 3 && reply[0] is '4' or '5' && char.IsAsciiDigit(reply[1]) && char.IsAsciiDigit(reply[2]);

    private static bool IsPlainYes(string reply) =>
        reply.StartsWith("250 ", StringComparison.Ordinal) && reply.IndexOf("\r\n", StringComparison.Ordinal) == reply.Length - 2;
}
