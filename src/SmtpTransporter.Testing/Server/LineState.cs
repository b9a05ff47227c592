namespace SmtpTransport.Testing;

/// <summary>Whether a line can be used as a command.</summary>
internal enum LineState
{
    Complete,
    TooLong,
    BareLineFeed,
    ControlCharacter,
    EndOfStream,
}
