namespace SmtpTransport;

/// <summary>
/// Finds the dots that begin a line, over the bounds of blocks. A line begins after LF: what follows a lone one must not be taken for the
/// end.
/// </summary>
internal sealed class DotStuffing
{
    private bool _atLineStart = true;

    /// <summary>
    /// How much of the block goes out up to the next dot that begins a line, that dot included; all of it where there is none.
    /// </summary>
    public int Next(ReadOnlySpan<byte> block, out bool doubled)
    {
        doubled = true;
        if (_atLineStart && block[0] == (byte)'.')
        {
            _atLineStart = false;
            return 1;
        }
        var at = block.IndexOf("\n."u8);
        if (at >= 0)
        {
            _atLineStart = false;
            return at + 2;
        }
        doubled = false;
        _atLineStart = block[^1] == (byte)'\n';
        return block.Length;
    }
}
