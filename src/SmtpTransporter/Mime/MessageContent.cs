using MimeKit;

namespace SmtpTransport;

/// <summary>A message that can be written as bytes. Not safe for concurrent use.</summary>
internal abstract class MessageContent : IDisposable
{
    /// <summary>How MimeKit writes a message for SMTP.</summary>
    public static readonly FormatOptions Ascii = NewFormat(international: false);

    /// <summary>How MimeKit writes a message for a transaction with SMTPUTF8 (RFC 6531).</summary>
    public static readonly FormatOptions International = NewFormat(international: true);

    /// <summary>The message as MimeKit's object.</summary>
    public abstract MimeMessage Message { get; }

    /// <summary>Writes the message without Bcc.</summary>
    /// <param name="async">Whether to read and write without blocking a thread.</param>
    /// <param name="target">Receives the bytes.</param>
    /// <param name="sevenBit">Whether the server lacks 8BITMIME.</param>
    /// <param name="cancellationToken">Cancels reading and writing.</param>
    /// <exception cref="EmailContentException">An attachment cannot be read.</exception>
    public abstract ValueTask WriteAsync(bool async, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken);

    public abstract void Dispose();

    private static FormatOptions NewFormat(bool international)
    {
        var format = FormatOptions.Default.Clone();
        format.International = international;
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.HiddenHeaders.Add(HeaderId.Bcc);
        format.HiddenHeaders.Add(HeaderId.ResentBcc);
        return format;
    }
}
