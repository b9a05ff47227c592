namespace SmtpTransport;

/// <summary>Sees what a connection carries. One thread at a time.</summary>
internal interface IConversationLog
{
    /// <summary>Bytes that are about to be sent.</summary>
    void WriteSent(ReadOnlySpan<byte> bytes);

    /// <summary>A line that was received, without its end.</summary>
    void WriteReceived(ReadOnlySpan<byte> line);
}
