namespace SmtpTransport;

/// <summary>Writes files with secrets: as a whole or not at all and, except on Windows, for their owner alone.</summary>
internal static class OwnerFile
{
    private const int MaxAttempts = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Writes a file, or replaces it. Its folder is created if it is missing.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        // In the same folder, so that the last step is a rename, which is whole or does not happen.
        var draft = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            var stream = new FileStream(draft, OwnerOnly.Create(FileMode.CreateNew, FileAccess.Write));
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
                DiskFlush.FlushFile(stream);
            }
            await MoveAsync(draft, path, cancellationToken).ConfigureAwait(false);
            DiskFlush.FlushFolder(folder);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    // On Windows another process, such as a virus scanner, may have the file open for a moment.
    private static async Task MoveAsync(string draft, string path, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(draft, path, overwrite: true);
                return;
            }
            catch (Exception exception) when (
                exception is IOException or UnauthorizedAccessException && OperatingSystem.IsWindows() && attempt < MaxAttempts)
            {
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
