using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Writes the parts of an email that were read and not changed since: octet for octet.</summary>
/// <param name="email">The email.</param>
/// <param name="options">How the parts are written.</param>
internal sealed class ReceivedParts(Email email, MimeWriteOptions options)
{
    /// <summary>Returns the leaf as it was read; null if it was not read, was changed, or no server would accept it.</summary>
    public MimeNode? TryCreateLeaf(MailPart part)
    {
        if (Unchanged(part) is not { Boundary: null } received)
            return null;
        var content = received.IsBinary ? received.Content : TextLines.WithCrlf(received.Content);
        var isEightBit = !Ascii.IsValid(content.Span);
        var isMessage = part.Type.Equals("message/rfc822", StringComparison.OrdinalIgnoreCase);
        // A message that is sent ends with a line end.
        var endsLine = !received.IsRoot || content.Span.EndsWith("\r\n"u8) || ReceivedText.CanEndLine(part.Charset, content.ToArray());
        if (!options.KeepsAllOctets && !(endsLine && CanBeSent(part, content.Span, isEightBit, isMessage)))
            return null;
        return TryKeep(received, isUnchanged: true) is not { } kept ? null : new MimeNode
        {
            Kept = kept,
            Encoding = isEightBit ? ContentEncoding.EightBit : ContentEncoding.SevenBit,
            Octets = content,
            IsMessage = isMessage,
        };
    }

    /// <summary>Returns the decoded content of a leaf that was read and not changed; null of another one.</summary>
    public byte[]? Content(MailPart part)
    {
        if (Unchanged(part) is not { } received)
            return null;
        using var content = new MemoryStream();
        using var decoded = TransferEncodings.OpenDecoded(received.Content, EncodingOf(part));
        decoded.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>
    /// Returns a multipart with the header and the delimiters that were read; null if it was not read or its header was changed.
    /// </summary>
    /// <param name="part">The multipart.</param>
    /// <param name="parts">What is written in it.</param>
    public MimeNode? TryCreateMultipart(MailPart part, IReadOnlyList<(MailPart? Part, MimeNode Node)> parts)
    {
        if (parts.Count == 0 || Unchanged(part) is not { Boundary: { } boundary } received)
            return null;
        var isSame = parts.Select(p => p.Part?.Received).SequenceEqual(received.Parts);
        var isUnchanged = isSame && parts.All(p => IsAsRead(p.Node));
        if (TryKeep(received, isUnchanged) is not { } kept)
            return null;
        var delimiter = Encoding.UTF8.GetBytes($"--{boundary}");
        // The delimiter must not occur in what is new, and the header that was read does not declare new 8bit content.
        if (parts.Any(p => HasNewEightBit(p.Node))
            || parts.Any(p => !(isSame && IsAsRead(p.Node)) && HasLine(p.Node, delimiter)))
            return null;
        var node = new MimeNode
        {
            Boundary = boundary,
            Encoding = parts.Any(p => p.Node.Encoding == ContentEncoding.EightBit) ? ContentEncoding.EightBit : ContentEncoding.SevenBit,
            Kept = kept with
            {
                Gaps = isUnchanged && options.KeepsAllOctets ? Lines(received.Gaps) : Gaps(received, delimiter, parts, isSame),
            },
        };
        node.Parts.AddRange(parts.Select(p => p.Node));
        return node;
    }

    private ReceivedPart? Unchanged(MailPart part)
    {
        var text = part.PartId is { } id && email.BodyValues!.TryGetValue(id, out var value) ? value : null;
        return part.Received is { } received && received.IsSame(part, text) ? received : null;
    }

    private KeptOctets? TryKeep(ReceivedPart received, bool isUnchanged)
    {
        var header = TextLines.WithCrlf(received.Header);
        return options.KeepsAllOctets || (!received.IsBinary && HeaderOctets.CanBeSent(header))
            ? new KeptOctets(header) { IsUnchanged = isUnchanged, IsExact = !options.IsSent }
            : null;
    }

    private static bool HasNewEightBit(MimeNode node) =>
        node.Boundary is null ? node.Kept is null && node.Encoding == ContentEncoding.EightBit : node.Parts.Exists(HasNewEightBit);

    private static bool IsAsRead(MimeNode node) => node.Kept is { IsUnchanged: true };

    private static bool CanBeSent(MailPart part, ReadOnlySpan<byte> content, bool isEightBit, bool isMessage)
    {
        if (!TextLines.AreLines(content))
            return false;
        if (!isEightBit)
            return true;
        // Octets above 127 in an encoding of ASCII could not be encoded again for a server without 8BITMIME.
        return isMessage
            ? CanBeParsed(content)
            : EncodingOf(part) is ContentEncoding.Default or ContentEncoding.SevenBit or ContentEncoding.EightBit;
    }

    private static ContentEncoding EncodingOf(MailPart part) =>
        MimeKit.Utils.MimeUtils.TryParse(part.Encoding ?? "", out ContentEncoding parsed) ? parsed : ContentEncoding.Default;

    private static bool CanBeParsed(ReadOnlySpan<byte> message)
    {
        try
        {
            using var parsed = MimeMessage.Load(new MemoryStream(message.ToArray(), writable: false));
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static List<ReadOnlyMemory<byte>> Lines(IEnumerable<ReadOnlyMemory<byte>> octets) => [.. octets.Select(TextLines.WithCrlf)];

    private List<ReadOnlyMemory<byte>> Gaps(
        ReceivedPart received, byte[] delimiter, IReadOnlyList<(MailPart? Part, MimeNode Node)> parts, bool isSame)
    {
        var (between, end) = (Octets("\r\n", delimiter, "\r\n"), Octets("\r\n", delimiter, "--\r\n"));
        return [.. Enumerable.Range(0, parts.Count + 1).Select(i => Separated(i, AsRead(i) ?? OfOurOwn(i)))];

        ReadOnlyMemory<byte>? AsRead(int i)
        {
            if (!isSame && i > 0 && i < parts.Count)
                return null;
            var gap = i == 0 ? received.Gaps[0] : i == parts.Count ? received.Gaps[^1] : received.Gaps[i];
            if (!IsUsable(gap.Span) || (!isSame && i == parts.Count && gap.Span.IndexOf([.. delimiter, .. "--"u8]) < 0))
                return null;
            return TextLines.WithCrlf(gap);
        }

        ReadOnlyMemory<byte> OfOurOwn(int i) => i == parts.Count ? end : i == 0 ? between[2..] : between;

        // A part that is not as it was read neither begins nor ends with a line end that belongs to the delimiter.
        ReadOnlyMemory<byte> Separated(int i, ReadOnlyMemory<byte> gap)
        {
            if (i < parts.Count && !IsAsRead(parts[i].Node) && !gap.Span.EndsWith("\n"u8))
                gap = Octets(gap.Span, "\r\n"u8, []);
            if (i > 0 && !gap.IsEmpty && !IsAsRead(parts[i - 1].Node) && !gap.Span.StartsWith("\r\n"u8))
                gap = Octets("\r\n"u8, gap.Span, []);
            return gap;
        }
    }

    private bool IsUsable(ReadOnlySpan<byte> gap) => options.KeepsAllOctets || (Ascii.IsValid(gap) && TextLines.AreLines(gap));

    private static ReadOnlyMemory<byte> Octets(string before, byte[] middle, string after) =>
        Octets(Encoding.ASCII.GetBytes(before), middle, Encoding.ASCII.GetBytes(after));

    private static ReadOnlyMemory<byte> Octets(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third) =>
        (byte[])[.. first, .. second, .. third];

    /// <summary>Whether a line within the part begins like the delimiter. Base64 has no such line.</summary>
    private static bool HasLine(MimeNode node, ReadOnlySpan<byte> delimiter)
    {
        if (Begins(node.Octets.Span, delimiter) || (node.Kept is { } kept && Begins(kept.Header.Span, delimiter)))
            return true;
        foreach (var gap in node.Kept?.Gaps ?? [])
        {
            if (Begins(gap.Span, delimiter))
                return true;
        }
        foreach (var part in node.Parts)
        {
            if (HasLine(part, delimiter))
                return true;
        }
        return false;
    }

    private static bool Begins(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> delimiter) =>
        octets.StartsWith(delimiter) || octets.IndexOf([(byte)'\n', .. delimiter]) >= 0;
}
