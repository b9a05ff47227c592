using System.Buffers;

namespace SmtpTransport;

/// <summary>
/// Refuses a bare CR, a bare LF and NUL (RFC 5321, section 2.3.8): one server could read as one message what is two for the next, and a
/// message that ends in a bare LF never ends for a strict server.
/// </summary>
internal sealed class LineEndGuard
{
    private static readonly SearchValues<byte> Breaks = SearchValues.Create("\r\n\0"u8);

    private long _position;
    private bool _isAfterCr;

    /// <summary>Checks the next bytes of the message.</summary>
    /// <exception cref="EmailContentException">There is a bare CR, a bare LF or NUL.</exception>
    public void Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        var at = 0;
        if (_isAfterCr)
        {
            if (bytes[0] != (byte)'\n')
                throw Bare("CR", _position - 1);
            at = 1;
            _isAfterCr = false;
        }
        while (bytes[at..].IndexOfAny(Breaks) is var next and >= 0)
        {
            at += next;
            if (bytes[at] != (byte)'\r')
                throw bytes[at] == 0 ? Error("NUL", _position + at) : Bare("LF", _position + at);
            _isAfterCr = at + 1 == bytes.Length;
            if (!_isAfterCr && bytes[at + 1] != (byte)'\n')
                throw Bare("CR", _position + at);
            at = Math.Min(at + 2, bytes.Length);
        }
        _position += bytes.Length;
    }

    /// <summary>Checks the end of the message.</summary>
    /// <exception cref="EmailContentException">The last byte is a CR.</exception>
    public void End()
    {
        if (_isAfterCr)
            throw Bare("CR", _position - 1);
    }

    private static EmailContentException Bare(string what, long position) => Error($"bare {what}", position);

    private static EmailContentException Error(string what, long position) =>
        new(
            SmtpErrorCodes.InvalidMessage,
            $"Message: there is a {what} at byte {position}. It cannot be sent (RFC 5321, section 2.3.8), and encoding it now would change "
            + "what was signed or stored: encode the part in base64 or quoted-printable before that.")
        {
            Property = "Message",
        };
}
