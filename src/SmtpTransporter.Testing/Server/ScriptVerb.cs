namespace SmtpTransport.Testing;

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
