namespace SmtpTransport;

/// <summary>
/// Copies a stream that can be read only once: small ones into memory, others into a temporary file that only this user can read.
/// </summary>
internal static class StreamCopy
{
    private const int MaxBytesInMemory = 1024 * 1024;

    /// <returns>A seekable stream. Its file is deleted when it is disposed, or at the latest finalized.</returns>
    public static Stream Create(Stream source)
    {
        var memory = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            memory.Write(buffer, 0, read);
            if (memory.Length > MaxBytesInMemory)
                return InFile(memory, source);
        }
        return memory;
    }

    private static FileStream InFile(MemoryStream begin, Stream source)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
        try
        {
            begin.WriteTo(file);
            source.CopyTo(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
