using System.Diagnostics;

namespace SmtpTransport.Soak;

/// <summary>What the process holds.</summary>
internal readonly record struct Footprint(long Heap, long Resident, int Sockets, long Timers, int Threads)
{
    public static Footprint Now()
    {
        using var process = Process.GetCurrentProcess();
        return new(GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64, OpenSockets(), Timer.ActiveCount, process.Threads.Count);
    }

    public override string ToString() => $"{Heap / 1e6:N1} MB ({Resident / 1e6:N0} MB resident), {Sockets} sockets, {Timers} timers, {Threads} threads";

    /// <summary>What has grown from an earlier moment of the same load to this one.</summary>
    public IEnumerable<string> GrownSince(Footprint earlier)
    {
        if (Heap > earlier.Heap * 1.10 + 2e6)
            yield return $"The heap is not flat: {earlier.Heap / 1e6:N1} MB, then {Heap / 1e6:N1} MB.";
        // What is not managed (TLS above all) shows only here; the collector gives pages back when it likes.
        if (Resident > earlier.Resident * 1.25 + 50e6)
            yield return $"The process is not flat: {earlier.Resident / 1e6:N0} MB, then {Resident / 1e6:N0} MB.";
        if (Threads > earlier.Threads + 8)
            yield return $"Threads are left: {earlier.Threads}, then {Threads}.";
    }

    /// <summary>What is left after all is disposed, against the moment before anything was made.</summary>
    public IEnumerable<string> LeftSince(Footprint start)
    {
        if (Sockets > start.Sockets)
            yield return $"{Sockets - start.Sockets} sockets are left.";
        // The runtime has one or the other of its own, which begin with the first use of a pool.
        if (Timers > start.Timers + 3)
            yield return $"{Timers - start.Timers} timers are left.";
    }

    private static int OpenSockets()
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
                // Closed in between, such as that of this very listing.
                return false;
            }
        });
    }
}
