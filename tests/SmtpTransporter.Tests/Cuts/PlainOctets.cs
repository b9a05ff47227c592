namespace SmtpTransport.Tests;

/// <summary>
/// How many octets of plain text are in the octets of one direction, which end anywhere: those of each complete line, and after STARTTLS
/// those of each complete record of application data.
/// </summary>
internal static class PlainOctets
{
    private const int HeaderLength = 5;
    private const byte ApplicationData = 23;

    // TLS 1.2 with AES-GCM: an explicit nonce of 8 octets and a tag of 16 (RFC 5288, section 3).
    private const int Overhead = 8 + 16;

    public static int Count(ReadOnlySpan<byte> wire)
    {
        var plain = 0;
        while (wire.Length > 0)
        {
            // No line of SMTP begins with a control character, and each type of a record is one (20 to 23).
            if (wire[0] is >= 20 and <= 23)
            {
                var length = wire.Length < HeaderLength ? int.MaxValue : HeaderLength + (wire[3] << 8) + wire[4];
                if (length > wire.Length)
                    break;
                plain += wire[0] == ApplicationData ? length - HeaderLength - Overhead : 0;
                wire = wire[length..];
                continue;
            }
            var line = wire.IndexOf((byte)'\n') + 1;
            if (line == 0)
                break;
            plain += line;
            wire = wire[line..];
        }
        return plain;
    }
}
