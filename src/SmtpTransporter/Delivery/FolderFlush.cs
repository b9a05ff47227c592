using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SmtpTransport;

/// <summary>Makes the names in a folder survive a loss of power, as <c>fsync</c> does with the content of a file.</summary>
internal static class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>Flushes the entries of a folder. Windows' file systems record them by themselves.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        // .NET opens no folders.
        using var folder = Open(Encoding.UTF8.GetBytes(path + "\0"), ReadOnly);
        if (!folder.IsInvalid)
            RandomAccess.FlushToDisk(folder);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Open(byte[] path, int flags);
}
