using System.Buffers;
using MimeKit;

namespace SmtpTransport;

/// <summary>A message that was written before: it goes out as it is, but for a server that takes seven bits only.</summary>
internal sealed class RawMessage(ReadOnlyMemory<byte> octets) : MessageContent
{
    private static readonly SearchValues<byte> Breaks = SearchValues.Create("\r\n\0"u8);

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
                _parsed = new MimeKitMessage(Read(octets, parser => parser.ParseMessage()), HasInternationalHeader(octets.Span) ? International : Ascii);
            }
            return _parsed;
        }
    }

    /// <summary>Empty where there is none.</summary>
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

    /// <summary>Whether the header has what only SMTPUTF8 can carry (RFC 6532).</summary>
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
        using var stream = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(octets, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(octets.ToArray(), writable: false);
        return parse(new MimeParser(stream, MimeKit.MimeFormat.Entity));
    }

    // Otherwise what one server reads as one mail could be two for the next.
    private void Check()
    {
        if (_isChecked)
            return;
        var rest = octets.Span;
        for (var at = 0; ;)
        {
            var next = rest[at..].IndexOfAny(Breaks);
            if (next < 0)
                break;
            at += next;
            if (rest[at] != (byte)'\r' || at + 1 == rest.Length || rest[at + 1] != (byte)'\n')
            {
                var what = rest[at] switch { (byte)'\r' => "CR", (byte)'\n' => "LF", _ => "NUL" };
                throw new EmailContentException(SmtpErrorCodes.InvalidMessage, $"Message: a bare {what} at octet {at}.");
            }
            at += 2;
        }
        _isChecked = true;
    }
}
