using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SmtpTransport;

/// <summary>Makes files survive a loss of power: their content, and then their names, which are in the folder.</summary>
internal static class DiskFlush
{
    private const int ReadOnly = 0;

    /// <summary>Called with the path after each flush that the current flow of execution makes; for tests.</summary>
    internal static AsyncLocal<Action<string>?> OnFlushed { get; } = new();

    /// <summary>Flushes the content of a file. What gives a file its name comes after it: then it is whole, or not there.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void FlushFile(FileStream file)
    {
        file.Flush(flushToDisk: true);
        OnFlushed.Value?.Invoke(file.Name);
    }

    /// <summary>Flushes the names in a folder, as <c>fsync</c> does. Windows' file systems record them by themselves.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            // .NET opens no folders.
            using var folder = Open(Encoding.UTF8.GetBytes(path + "\0"), ReadOnly);
            if (!folder.IsInvalid)
                RandomAccess.FlushToDisk(folder);
        }
        OnFlushed.Value?.Invoke(path);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Open(byte[] path, int flags);
}
