namespace SmtpTransport;

/// <summary>Whether messages are sent in chunks (CHUNKING, RFC 3030).</summary>
public enum ChunkingMode
{
    /// <summary>If the server offers it and is not known to mishandle it (Exchange). The default.</summary>
    /// <remarks>
    /// A small message is then sent together with its commands, in one round trip. If the connection is lost during that round trip, the
    /// result is <see cref="Outcome.Unknown"/>, as after any message that was transmitted.
    /// </remarks>
    Auto,

    /// <summary>Always DATA: the message is transmitted only after the server has accepted its sender and a recipient.</summary>
    Never,
}
