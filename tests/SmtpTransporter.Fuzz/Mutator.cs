namespace SmtpTransport.Fuzz;

/// <summary>Creates new inputs from existing ones. The generator is the only source of randomness.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> words)
{
    private const int MaxLength = 32 * 1024;

    // Bytes that are critical for parsers: line ends, separators, ends of ranges.
    private static readonly byte[] CriticalBytes =
        [.. "\0\t\n\r\u001b !\"#$%&'()*+,-./0159:;<=>?@AZ[\\]^_`az{|}~"u8, 0x7f, 0x80, 0xa0, 0xc3, 0xe2, 0xed, 0xf0, 0xff];

    public byte[] Mutate(byte[] parent, byte[] other)
    {
        var bytes = new List<byte>(parent);
        do
            Once(bytes, other);
        while (random.Next(3) != 0);
        if (bytes.Count > MaxLength)
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        return [.. bytes];
    }

    private void Once(List<byte> bytes, byte[] other)
    {
        // Sometimes very many, because slow code shows only then.
        var times = random.Next(1000) == 0 ? random.Next(1, 20_000) : random.Next(1, 12);
        switch (random.Next(13))
        {
            case 0 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] = Any();
                break;
            case 2:
                bytes.InsertRange(At(bytes), Enumerable.Range(0, random.Next(1, 6)).Select(_ => Any()).ToArray());
                break;
            case 3 or 4:
                var (from, length) = Range(bytes.Count);
                bytes.RemoveRange(from, length);
                break;
            case 5:
                bytes.InsertRange(At(bytes), Piece(bytes));
                break;
            case 6:
                Repeat(bytes, Piece(bytes), times);
                break;
            case 7 when words.Count > 0:
                Repeat(bytes, Word(), times);
                break;
            case 8 when words.Count > 0:
                var (start, old) = Range(bytes.Count);
                bytes.RemoveRange(start, old);
                bytes.InsertRange(start, Word());
                break;
            case 9:
                var (cut, taken) = Range(other.Length);
                bytes.InsertRange(At(bytes), other.AsSpan(cut, taken).ToArray());
                break;
            case 10:
                Splice(bytes, other);
                break;
            case 11 when random.Next(4) == 0:
                var end = At(bytes);
                bytes.RemoveRange(end, bytes.Count - end);
                break;
            default:
                if (words.Count > 0)
                    bytes.InsertRange(At(bytes), Word());
                break;
        }
    }

    /// <summary>Joins the beginning of one input and the end of another.</summary>
    private void Splice(List<byte> bytes, byte[] other)
    {
        var end = At(bytes);
        bytes.RemoveRange(end, bytes.Count - end);
        bytes.AddRange(other[random.Next(other.Length + 1)..]);
    }

    private void Repeat(List<byte> bytes, byte[] piece, int times)
    {
        if (piece.Length == 0)
            return;
        var at = At(bytes);
        var all = new byte[Math.Min(times * piece.Length, MaxLength)];
        for (var i = 0; i < all.Length; i++)
            all[i] = piece[i % piece.Length];
        bytes.InsertRange(at, all);
    }

    private byte[] Piece(List<byte> bytes)
    {
        var (from, length) = Range(bytes.Count);
        return [.. bytes.GetRange(from, length)];
    }

    private (int From, int Length) Range(int count)
    {
        var from = random.Next(count + 1);
        return (from, Math.Min(count - from, random.Next(4) == 0 ? random.Next(count + 1) : random.Next(1, 16)));
    }

    private int At(List<byte> bytes) => random.Next(bytes.Count + 1);

    private byte Any() => random.Next(2) == 0 ? CriticalBytes[random.Next(CriticalBytes.Length)] : (byte)random.Next(256);

    private byte[] Word() => words[random.Next(words.Count)];
}
