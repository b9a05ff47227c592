namespace SmtpTransport;

/// <summary>Whether a message is sent in chunks (CHUNKING, RFC 3030) where the server offers it.</summary>
public enum ChunkingMode
{
    /// <summary>
    /// Where the server offers it and is not known to mishandle it (Exchange). A small mail then goes out in one flight with its commands: one round
    /// trip a mail. A connection that is lost in that round trip leaves the mail <see cref="Outcome.Unknown"/>, as after any message that is out.
    /// </summary>
    Auto,

    /// <summary>Always DATA: the message goes out only after the server has accepted its sender and a recipient.</summary>
    Never,
}
