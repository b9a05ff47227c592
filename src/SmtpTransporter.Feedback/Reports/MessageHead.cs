using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>The beginning of a message, as far as it is read.</summary>
internal sealed class MessageHead : IDisposable
{
    // The parser gives what lies deeper as one part. A report needs three levels.
    private static readonly ParserOptions Bounded = new() { MaxMimeDepth = 16 };

    private readonly MemoryStream _content = new();

    public bool IsTruncated { get; private set; }

    public static MessageHead Read(Stream stream)
    {
        var head = new MessageHead();
        var buffer = new byte[64 << 10];
        for (int read; !head.IsTruncated && (read = stream.Read(buffer)) > 0;)
            head.Add(buffer.AsSpan(0, read));
        return head;
    }

    public static async Task<MessageHead> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new MessageHead();
        var buffer = new byte[64 << 10];
        for (int read; !head.IsTruncated && (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            head.Add(buffer.AsSpan(0, read));
        return head;
    }

    /// <summary>Null if it is not a message.</summary>
    public MimeMessage? Parse()
    {
        var limit = LineLimit.Of(_content.GetBuffer().AsSpan(0, (int)_content.Length));
        IsTruncated |= limit < _content.Length;
        _content.SetLength(limit);
        _content.Position = StartOfMessage();
        try
        {
            return MimeMessage.Load(Bounded, _content, persistent: true);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public void Dispose() => _content.Dispose();

    private void Add(ReadOnlySpan<byte> bytes)
    {
        var room = FeedbackReader.MaxOctets - (int)_content.Length;
        IsTruncated = bytes.Length > room;
        _content.Write(IsTruncated ? bytes[..room] : bytes);
    }

    // Some programs store the envelope's sender in a line of its own.
    private int StartOfMessage()
    {
        var bytes = _content.GetBuffer().AsSpan(0, (int)_content.Length);
        return bytes.StartsWith("From "u8) ? bytes.IndexOf((byte)'\n') + 1 : 0;
    }
}
