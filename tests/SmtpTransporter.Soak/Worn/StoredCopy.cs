using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>What a server has stored of one email.</summary>
/// <param name="Number">The email's.</param>
/// <param name="IsComplete">Whether no byte of it is missing.</param>
/// <param name="Recipients">Their addresses.</param>
internal sealed record StoredCopy(long Number, bool IsComplete, IReadOnlyList<string> Recipients)
{
    public static StoredCopy Of(ReadOnlySpan<byte> message, IReadOnlyList<string> recipients)
    {
        var (number, isComplete) = SoakEmail.Read(message);
        return new StoredCopy(number, isComplete, recipients);
    }

    public static StoredCopy Of(ReceivedMessage message) => Of(message.Raw.Span, message.Recipients);
}
