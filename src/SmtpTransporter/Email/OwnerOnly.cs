namespace SmtpTransport;

/// <summary>How files are created that, except on Windows, their owner alone can read.</summary>
internal static class OwnerOnly
{
    /// <returns>New options at each call, for what else the file needs.</returns>
    public static FileStreamOptions Create(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
