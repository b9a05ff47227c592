using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace SmtpTransport.Fuzz;

/// <summary>
/// The map that instrumented code writes: how often each pair of branches was taken, in powers of two. Without instrumentation nothing is
/// written, and nothing is new.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private static readonly byte* Map = CreateMap();

    // One bit for each power of two; a bit is set once that number of hits was seen.
    private readonly byte[] _seen = new byte[Size];

    public int Pairs { get; private set; }

    public static void Reset()
    {
        new Span<byte>(Map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the case since <see cref="Reset"/> took a new pair of branches, or one far more often than before.</summary>
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

    private static byte* CreateMap() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(Size);
}
