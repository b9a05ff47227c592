namespace SmtpTransport.Testing;

/// <summary>What a rule does. <see cref="Bytes"/> is null if the normal reply is sent. Immutable.</summary>
internal sealed record ScriptAction(ScriptVerb Verb)
{
    public byte[]? Bytes { get; init; }

    public TimeSpan Interval { get; init; }

    /// <summary>How many bytes of the message are read before the action is played.</summary>
    public long AfterBytes { get; init; }

    public Task? Gate { get; init; }

    public Action<SmtpTestSession>? Callback { get; init; }

    public bool EndsConnection => Verb is ScriptVerb.ReplyAndClose or ScriptVerb.CutOff or ScriptVerb.Close or ScriptVerb.Reset;

    /// <summary>Whether the server keeps a message if this action replaces the reply with that code.</summary>
    public bool Keeps(int normalCode) =>
        normalCode == 250 ? Bytes is null || Reply.CodeOf(Bytes) is < 400 or > 599 : Bytes is not null && Reply.CodeOf(Bytes) == 250;
}
