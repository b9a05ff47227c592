namespace SmtpTransport.Tests;

/// <summary>What the server refuses in an exchange.</summary>
internal enum CutRefusal
{
    None,
    Sender,
    OneRecipient,
    OneRecipientForNow,
    AllRecipients,
    Data,
    Message,
    MessageForNow,
}
