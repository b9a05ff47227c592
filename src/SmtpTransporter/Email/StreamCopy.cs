namespace SmtpTransport;

/// <summary>A copy of a stream that can be read only once: in memory while it is small, else in a temporary file that nobody else can read.</summary>
internal static class StreamCopy
{
    private const int MostInMemory = 1024 * 1024;

    /// <returns>A stream that seeks. Its file is deleted with it, at the latest where it is collected.</returns>
    public static Stream Of(Stream source)
    {
        var memory = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            memory.Write(buffer, 0, read);
            if (memory.Length > MostInMemory)
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
