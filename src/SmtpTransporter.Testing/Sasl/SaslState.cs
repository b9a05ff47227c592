namespace SmtpTransport.Testing;

internal enum SaslState
{
    Challenge,
    Success,
    Failure,
    Malformed,
}
