using MimeKit;

namespace SmtpTransport;

/// <summary>The message of a mail on its way to octets. Not safe for concurrent use.</summary>
internal abstract class MessageContent : IDisposable
{
    /// <summary>How MimeKit writes a message for SMTP.</summary>
    public static readonly FormatOptions Ascii = NewFormat(international: false);

    /// <summary>The same for a transaction with SMTPUTF8.</summary>
    public static readonly FormatOptions International = NewFormat(international: true);

    /// <summary>As MimeKit has it.</summary>
    public abstract MimeMessage Message { get; }

    /// <summary>Writes the message without Bcc, for a server with or without 8BITMIME.</summary>
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
