using MimeKit;

namespace SmtpTransport;

/// <summary>A message that was already written. It is sent as it is, unless the server accepts seven bits only.</summary>
internal sealed class RawMessage(ReadOnlyMemory<byte> octets) : MessageContent
{
    private MimeKitMessage? _parsed;
    private bool _isChecked;

    public override MimeMessage Message => Parsed.Message;

    private MimeKitMessage Parsed
    {
        get
        {
            if (_parsed is null)
            {
                Check();
                var format = HasInternationalHeader(octets.Span) ? International : Ascii;
                _parsed = new MimeKitMessage(Read(octets, parser => parser.ParseMessage()), format);
            }
            return _parsed;
        }
    }

    /// <summary>Returns the Message-ID without angle brackets; empty if there is none.</summary>
    public static string ReadMessageId(ReadOnlyMemory<byte> octets)
    {
        try
        {
            return Read(octets, parser => parser.ParseHeaders())[HeaderId.MessageId]?.Trim().Trim('<', '>') ?? "";
        }
        catch (FormatException)
        {
            return "";
        }
    }

    /// <summary>Whether the header requires SMTPUTF8 (RFC 6532).</summary>
    public static bool HasInternationalHeader(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf("\r\n\r\n"u8);
        return !System.Text.Ascii.IsValid(end < 0 ? octets : octets[..end]);
    }

    public override async ValueTask WriteAsync(bool async, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken)
    {
        Check();
        var isEightBit = !System.Text.Ascii.IsValid(octets.Span);
        if (sevenBit && isEightBit)
            await Parsed.WriteAsync(async, target, sevenBit, cancellationToken).ConfigureAwait(false);
        else
            await target.WriteSharedAsync(async, octets, isEightBit, cancellationToken).ConfigureAwait(false);
    }

    public override void Dispose() => _parsed?.Dispose();

    private static T Read<T>(ReadOnlyMemory<byte> octets, Func<MimeParser, T> parse)
    {
        using var stream = TransferEncodings.Open(octets);
        return parse(new MimeParser(stream, MimeKit.MimeFormat.Entity));
    }

    // Otherwise one server could read as one message what is two for the next.
    private void Check()
    {
        if (_isChecked)
            return;
        var guard = new LineEndGuard();
        guard.Check(octets.Span);
        guard.End();
        _isChecked = true;
    }
}
