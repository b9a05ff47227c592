namespace SmtpTransport.Fuzz;

/// <summary>Makes a failing input smaller while it fails in the same way.</summary>
internal static class Shrinker
{
    private const int MaxAttempts = 20_000;

    public static byte[] Shrink(byte[] input, Func<byte[], bool> fails)
    {
        var attempts = 0;
        for (var size = Math.Max(1, input.Length / 2); size > 0; size = size == 1 ? 0 : size / 2)
        {
            var removed = true;
            while (removed)
            {
                removed = false;
                for (var from = 0; from + size <= input.Length && attempts < MaxAttempts;)
                {
                    byte[] shorter = [.. input.AsSpan(0, from), .. input.AsSpan(from + size)];
                    attempts++;
                    if (fails(shorter))
                        (input, removed) = (shorter, true);
                    else
                        from += size;
                }
            }
        }
        return input;
    }
}
