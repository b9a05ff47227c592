using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace SmtpTransport.Fuzz;

/// <summary>
/// The map of branches that instrumented code writes: how often each pair of branches was taken, in powers of two. Without instrumentation
/// nothing is written, and nothing is ever new.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private static readonly byte* Map = NewMap();

    // The highest bit is that of the most hits; a bit is set once it was seen.
    private readonly byte[] _seen = new byte[Size];

    public int Pairs { get; private set; }

    public static void Reset()
    {
        new Span<byte>(Map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the case since the last <see cref="Reset"/> took a branch that none before did, or far more often.</summary>
    public bool IsNew()
    {
        var isNew = false;
        var map = MemoryMarshal.Cast<byte, ulong>(new Span<byte>(Map, Size));
        for (var i = 0; i < map.Length; i++)
        {
            if (map[i] != 0)
                isNew |= Take(i * sizeof(ulong));
        }
        return isNew;
    }

    private bool Take(int start)
    {
        var isNew = false;
        for (var i = start; i < start + sizeof(ulong); i++)
        {
            if (Map[i] == 0)
                continue;
            var bucket = (byte)(1 << BitOperations.Log2(Map[i]));
            if ((_seen[i] & bucket) != 0)
                continue;
            if (_seen[i] == 0)
                Pairs++;
            _seen[i] |= bucket;
            isNew = true;
        }
        return isNew;
    }

    private static byte* NewMap() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(Size);
}
