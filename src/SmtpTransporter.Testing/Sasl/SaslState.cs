namespace SmtpTransport.Testing;

/// <summary>How an authentication goes on after a response.</summary>
internal enum SaslState
{
    Challenge,
    Success,
    Failure,
    Malformed,
}
