namespace SmtpTransport;

/// <summary>What is written of a part as it was read, instead of fields and delimiters of our own.</summary>
/// <param name="Header">The header with the empty line after it.</param>
internal sealed record KeptOctets(ReadOnlyMemory<byte> Header)
{
    /// <summary>The octets of a multipart before each part, and after the last one; null to write delimiters of our own.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Gaps { get; init; }

    /// <summary>Whether the part is what was read, with all the parts in it.</summary>
    public bool IsUnchanged { get; init; }

    /// <summary>Whether a last line without a line end stays so.</summary>
    public bool IsExact { get; init; }
}
