namespace SmtpTransport.Benchmarks;

/// <summary>The memory that is in use once everything else is collected.</summary>
internal static class LiveMemory
{
    /// <summary>Collects, and returns what is left, in bytes.</summary>
    public static long Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
