namespace SmtpTransport.Testing;

internal enum LineState
{
    Complete,
    TooLong,
    BareLineFeed,
    ControlCharacter,
    EndOfStream,
}
