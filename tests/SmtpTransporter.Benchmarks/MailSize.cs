namespace SmtpTransport.Benchmarks;

/// <summary>The emails that every client sends. Peers know them by these names in lower case.</summary>
public enum MailSize
{
    /// <summary>1 KB of text.</summary>
    Small,

    /// <summary>20 KB: 5 KB of text and 15 KB of HTML.</summary>
    Letter,

    /// <summary>A short text and an attachment of 1 MB.</summary>
    Attachment,
}
