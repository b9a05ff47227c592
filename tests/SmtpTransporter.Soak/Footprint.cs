using System.Diagnostics;

namespace SmtpTransport.Soak;

/// <summary>The resources of the process.</summary>
internal readonly record struct Footprint(long Heap, long Resident, int Sockets, long Timers, int Threads)
{
    public static Footprint Measure()
    {
        using var process = Process.GetCurrentProcess();
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        return new(heap, process.WorkingSet64, CountSockets(), Timer.ActiveCount, process.Threads.Count);
    }

    public override string ToString() =>
        $"{Heap / 1e6:N1} MB ({Resident / 1e6:N0} MB resident), {Sockets} sockets, {Timers} timers, {Threads} threads";

    /// <summary>Reports what has grown since an earlier moment under the same load.</summary>
    public IEnumerable<string> GrownSince(Footprint earlier)
    {
        if (Heap > earlier.Heap * 1.10 + 2e6)
            yield return $"The heap has grown: from {earlier.Heap / 1e6:N1} MB to {Heap / 1e6:N1} MB.";
        // Unmanaged memory (mostly of TLS) shows only here; the garbage collector releases pages at times of its own.
        if (Resident > earlier.Resident * 1.25 + 50e6)
            yield return $"The process has grown: from {earlier.Resident / 1e6:N0} MB to {Resident / 1e6:N0} MB.";
        if (Threads > earlier.Threads + 8)
            yield return $"Threads have leaked: from {earlier.Threads} to {Threads}.";
    }

    /// <summary>Reports what is left after everything was disposed, compared with the start.</summary>
    public IEnumerable<string> LeftSince(Footprint start)
    {
        if (Sockets > start.Sockets)
            yield return $"{Sockets - start.Sockets} sockets have leaked.";
        // The runtime has a few of its own, which start with the first use of a pool.
        if (Timers > start.Timers + 3)
            yield return $"{Timers - start.Timers} timers have leaked.";
    }

    private static int CountSockets()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        return new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(file =>
        {
            try
            {
                return file.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false;
            }
            catch (IOException)
            {
                // Closed meanwhile, such as the handle of this listing.
                return false;
            }
        });
    }
}
