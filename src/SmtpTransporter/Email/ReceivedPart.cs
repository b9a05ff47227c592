using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// The octets that a part was read from, and what was read from them. A part that is still the same is written as these octets. Immutable;
/// copies of the part share it.
/// </summary>
internal sealed class ReceivedPart
{
    private readonly MailAttachment? _attachment;
    private readonly MailBodyValue? _text;
    private readonly byte[] _fingerprint;

    /// <param name="part">The part as it was read.</param>
    /// <param name="text">Its text; null if it has none.</param>
    public ReceivedPart(MailPart part, MailBodyValue? text)
    {
        (_attachment, _text) = (part.Attachment, text);
        _fingerprint = Fingerprint(part);
    }

    /// <summary>The header with the empty line after it. For the root, only the fields of the part.</summary>
    public required ReadOnlyMemory<byte> Header { get; init; }

    /// <summary>What follows the header.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Whether it was the whole body of the message.</summary>
    public bool IsRoot { get; init; }

    /// <summary>Whether a line feed in the content is not a line end (RFC 2045, section 2.9).</summary>
    public bool IsBinary { get; init; }

    /// <summary>The boundary of a multipart; null for a leaf.</summary>
    public string? Boundary { get; init; }

    /// <summary>The parts of a multipart.</summary>
    public IReadOnlyList<ReceivedPart> Parts { get; init; } = [];

    /// <summary>The octets of a multipart before each part, and after the last: preamble, delimiters, epilogue.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Gaps { get; init; } = [];

    /// <summary>Whether the part is what was read, apart from its subparts.</summary>
    /// <param name="part">The part.</param>
    /// <param name="text">Its text; null if it has none.</param>
    public bool IsSame(MailPart part, MailBodyValue? text) =>
        ReferenceEquals(part.Attachment, _attachment) && text == _text && Fingerprint(part).AsSpan().SequenceEqual(_fingerprint);

    private static byte[] Fingerprint(MailPart part)
    {
        var values = new StringBuilder(256);
        Add(part.Type);
        Add(part.Charset);
        Add(part.Encoding);
        Add(part.Disposition);
        Add(part.Name);
        Add(part.Cid);
        Add(part.Location);
        Add(part.Parameters.Count.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in part.Parameters)
        {
            Add(name);
            Add(value);
        }
        Add(part.Language.Count.ToString(CultureInfo.InvariantCulture));
        foreach (var language in part.Language)
            Add(language);
        foreach (var header in part.Headers)
        {
            Add(header.Name);
            Add(header.Value);
        }
        return SHA256.HashData(Encoding.Unicode.GetBytes(values.ToString()));

        // With its length, so that no two lists of values are the same text.
        void Add(string? value) => values.Append(value?.Length ?? -1).Append(':').Append(value);
    }
}
