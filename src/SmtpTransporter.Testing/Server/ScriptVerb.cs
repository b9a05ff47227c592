namespace SmtpTransport.Testing;

/// <summary>The kinds of <see cref="ScriptAction"/>.</summary>
internal enum ScriptVerb
{
    Reply,
    ReplyAndClose,
    CutOff,
    Hang,
    Drip,
    Close,
    Reset,
    WaitFor,
    Do,
}
