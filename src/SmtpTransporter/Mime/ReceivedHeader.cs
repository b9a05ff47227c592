namespace SmtpTransport;

/// <summary>Writes the header of an email that was read: each field as it was, in its place, unless it was changed.</summary>
internal static class ReceivedHeader
{
    // They show recipients that no other recipient sees.
    private static readonly string[] NeverWritten = ["Bcc", "Resent-Bcc", PickupReceiver];

    // They say what became of one message on its way. They are not true for another one, and some hold it back: a server that finds its
    // own Delivered-To takes the message for one that goes in circles.
    private static readonly string[] OfOneMessage =
    [
        "Return-Path", "Delivered-To", "X-Original-To", "Authentication-Results", "ARC-Authentication-Results", "ARC-Message-Signature",
        "ARC-Seal", "DKIM-Signature", "DomainKey-Signature", "Received-SPF", "Content-Length", "Lines", "Status", "X-Status", "X-Keywords",
        "X-UID", "X-IMAP", "X-IMAPbase", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys",
    ];

    private const string PickupReceiver = "X-Receiver";

    /// <summary>Whether a field belongs to the message that was read, and not to one that is made from it.</summary>
    public static bool IsOfOneMessage(string? name) => OfOneMessage.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a field holds the envelope of a file in a pickup folder.</summary>
    /// <param name="name">The field.</param>
    /// <param name="isAtTop">Whether there is no other field before it.</param>
    public static bool IsPickupEnvelope(string? name, bool isAtTop) =>
        Is(name, PickupReceiver) || (isAtTop && Is(name, "X-Sender"));

    /// <summary>Returns the message: the body with the header that was read, in which changed fields are written anew.</summary>
    /// <param name="body">The root of the body.</param>
    /// <param name="email">The email.</param>
    /// <param name="fieldsOf">Returns the fields of an email as text.</param>
    /// <param name="write">Writes the fields of the email with these names anew.</param>
    /// <param name="made">The names of fields that are new only because a message that is sent must have them.</param>
    /// <param name="options">How the message is written.</param>
    public static MimeNode Merge(
        MimeNode body,
        Email email,
        Func<Email, List<MimeField>> fieldsOf,
        Func<Predicate<string>, List<MimeField>> write,
        IReadOnlyCollection<string> made,
        MimeWriteOptions options)
    {
        var before = new Email();
        HeaderReader.Read(email.ReceivedHeader, before);
        var fields = fieldsOf(email);
        var (was, now) = (ByName(fieldsOf(before)), ByName(fields));
        var changed = was.Concat(now).Select(f => f.Key).Where(name => !was[name].SequenceEqual(now[name]))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var isRoot = body.Kept is not null && email.BodyStructure?.Received is { IsRoot: true };
        var isUnchanged = isRoot && body.Kept!.IsUnchanged && changed.All(made.Contains);
        if (!isUnchanged)
            changed.UnionWith(OfOneMessage);
        if (options.IsSent || email.ReturnPath != before.ReturnPath)
            changed.Add("Return-Path");
        if (!options.KeepsAllOctets)
            changed.UnionWith(HeaderOctets.Fields(email.ReceivedHeader).Where(f => !CanBeSent(f)).Select(f => f.Name).OfType<string>());

        // Of the fields that belong to the message that was read, only those that were added to the email.
        var added = changed.Where(IsOfOneMessage).ToDictionary(
            name => name, name => now[name].Except(was[name]).ToHashSet(), StringComparer.OrdinalIgnoreCase);
        var written = ByName(write(name => changed.Contains(name)
            ? !added.TryGetValue(name, out var texts) || texts.Count > 0
            : !isRoot && Is(name, "MIME-Version")));
        using var header = new ByteBuffer(email.ReceivedHeader.Length + 256);
        var isWritten = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var isAtTop = true;
        ReadOnlyMemory<byte> emptyLine = default;
        foreach (var field in HeaderOctets.Fields(email.ReceivedHeader))
        {
            isAtTop = isAtTop && IsPickupEnvelope(field.Name, isAtTop);
            if (field.Name is null && HeaderOctets.IsEmptyLine(field.Octets.Span))
                emptyLine = TextLines.WithCrlf(field.Octets);
            else if (HeaderOctets.IsOfPart(field.Name) ? !isRoot || changed.Contains(field.Name!) : IsLeftOut(field, isAtTop))
                continue;
            else if (changed.Contains(field.Name ?? ""))
                Add(field.Name!);
            else
                header.Add(TextLines.WithCrlf(field.Octets).Span);
        }
        AddRest();
        // A line that is not a field can stand for the empty one.
        var isEnded = !emptyLine.IsEmpty || (isUnchanged && options.KeepsAllOctets) || body.Octets.IsEmpty && body.Boundary is null;
        header.Add(isEnded ? emptyLine.Span : "\r\n"u8);
        return body.WithHeader(new KeptOctets(header.Memory.ToArray())
        {
            Gaps = body.Kept?.Gaps,
            IsUnchanged = isUnchanged,
            IsExact = isRoot && !options.IsSent,
        });

        bool IsLeftOut((string? Name, ReadOnlyMemory<byte> Octets) field, bool isAtTop) => field.Name is null
            ? !isUnchanged || !options.KeepsAllOctets
            : NeverWritten.Contains(field.Name, StringComparer.OrdinalIgnoreCase) || IsPickupEnvelope(field.Name, isAtTop);

        void Add(string name)
        {
            if (!isWritten.Add(name))
                return;
            var texts = added.GetValueOrDefault(name);
            foreach (var (text, value) in now[name].Zip(written[name]))
            {
                if (texts?.Contains(text) != false)
                    header.Add(name).Add(": "u8).Add(value).Add("\r\n"u8);
            }
        }

        void AddRest()
        {
            var rest = fields.Where(f => changed.Contains(f.Name) && !isWritten.Contains(f.Name)).ToList();
            if (isRoot && rest.Count == 0)
                return;
            if (header.Length > 0 && !header.Memory.Span.EndsWith("\n"u8))
                header.Add("\r\n"u8);
            foreach (var field in rest)
                Add(field.Name);
            if (isRoot)
                return;
            if (!HeaderOctets.Fields(email.ReceivedHeader).Any(f => Is(f.Name, "MIME-Version")))
                Add("MIME-Version");
            foreach (var (name, value) in body.Fields)
                header.Add(name).Add(": "u8).Add(value).Add("\r\n"u8);
            emptyLine = body.Kept is { } part ? HeaderOctets.OfPart(part.Header) : "\r\n"u8.ToArray();
        }
    }

    private static bool CanBeSent((string? Name, ReadOnlyMemory<byte> Octets) field) =>
        HeaderOctets.CanBeSent(TextLines.WithCrlf(field.Octets).Span);

    private static ILookup<string, string> ByName(List<MimeField> fields) =>
        fields.ToLookup(f => f.Name, f => f.Value, StringComparer.OrdinalIgnoreCase);

    private static bool Is(string? name, string other) => other.Equals(name, StringComparison.OrdinalIgnoreCase);
}
