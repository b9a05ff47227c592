namespace SmtpTransport;

/// <summary>Where in the dialogue a connection is. The order is that of time: later steps compare greater.</summary>
internal enum DialogueStep
{
    None,
    Resolve,
    Connect,
    Greeting,
    Hello,
    StartTls,
    TlsHandshake,
    Authenticate,
    Ready,
    Mail,
    Recipients,
    Data,
    Body,

    /// <summary>The last byte of the message was handed to the network: from here on it may have been delivered.</summary>
    FinalReply,

    Reset,
    NoOp,
    Quit,
}
