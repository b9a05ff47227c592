using System.Text;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// What is read and not changed is written octet for octet: the whole message, and the siblings of a part that is changed.
/// </summary>
internal sealed class ReceivedTarget() : Target("received", MimeWords.All)
{
    public override string Folder => "mime";

    public override string Run(byte[] input)
    {
        Email email;
        try
        {
            email = Email.FromMime(input);
        }
        catch (FormatException exception)
        {
            return Shape(exception);
        }

        var written = Written(email);
        var shown = Shown(email, input);
        Require(Lines(written) == Lines(shown), "A message is the same octets after it was read.");
        // What remains without hidden recipients may not be a message.
        if (shown.Length < input.Length)
            return "hidden";
        Require(
            Written(Email.FromMime(written)).AsSpan().SequenceEqual(written), "A message that was written is the same when it is read.");

        // RFC 2046, section 5.1.2: the delimiters of an outer multipart must not be those of an inner one.
        if (BodyTexts.Parts(email.BodyStructure!).Any(HasDelimiterOfInner))
            return "ambiguous";
        var leaves = Leaves(email);
        var changed = input.Length % leaves.Count;
        Change(email, leaves[changed]);
        var again = Leaves(Email.FromMime(Written(email)));
        Require(again.Count == leaves.Count, "A change of one part leaves the number of parts alone.");
        for (var i = 0; i < leaves.Count; i++)
            Require(i == changed || Contents(again[i]) == Contents(leaves[i]), "A change of one part leaves the others alone.");
        return $"{Math.Min(leaves.Count, 5)} {leaves[changed].Attachment is null} {leaves[changed].Type.Split('/')[0]}";
    }

    private static byte[] Written(Email email)
    {
        using var stream = new MemoryStream();
        email.ToMime(stream);
        return stream.ToArray();
    }

    // The fields that show hidden recipients are never written.
    private static byte[] Shown(Email email, byte[] input)
    {
        var isAtTop = true;
        var header = new List<byte>();
        foreach (var (name, octets) in HeaderOctets.Fields(email.ReceivedHeader))
        {
            isAtTop &= name?.ToUpperInvariant() is "X-SENDER" or "X-RECEIVER";
            if (!isAtTop && name?.ToUpperInvariant() is not ("BCC" or "RESENT-BCC" or "X-RECEIVER"))
                header.AddRange(octets.Span);
        }
        return [.. header, .. input.AsSpan(email.ReceivedHeader.Length)];
    }

    private static bool HasDelimiterOfInner(MailPart part) =>
        part.Received!.Boundary is { } outer
        && part.SubParts.SelectMany(p => BodyTexts.Parts(p)).Any(
            p => p.Received!.Boundary?.StartsWith(outer, StringComparison.Ordinal) == true);

    private static void Change(Email email, MailPart part)
    {
        if (part.Attachment is null)
        {
            email.BodyValues![part.PartId!] = "changed\r\n";
            return;
        }
        var index = email.Attachments.IndexOf(part.Attachment);
        part.Attachment = email.Attachments[index] = MailAttachment.FromBytes([1, 2, 3], part.Name, part.Cid, part.Type);
    }

    private static List<MailPart> Leaves(Email email) => [.. BodyTexts.Parts(email.BodyStructure!).Where(p => p.SubParts.Count == 0)];

    // The empty line behind a header without content belongs to the header, or to the delimiter that follows.
    private static string Contents(MailPart part) => part.Received!.Content.IsEmpty
        ? Lines(part.Received.Header.ToArray()).TrimEnd('\n')
        : Lines(part.Received.Header.ToArray()) + Lines(part.Received.Content.ToArray());

    private static string Lines(byte[] octets) => Encoding.Latin1.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal);
}
