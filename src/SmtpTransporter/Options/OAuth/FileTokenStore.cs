namespace SmtpTransport;

/// <summary>Keeps a refresh token in a file, which is replaced as a whole and, except on Windows, only its owner can read.</summary>
/// <remarks>
/// On Windows the file has the permissions of its folder: choose one in the user's profile. Two stores are equal if they have the same
/// path.
/// </remarks>
public sealed class FileTokenStore : ITokenStore
{
    private const int MaxAttempts = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly string _path;

    /// <summary>Creates a store. It touches no file.</summary>
    /// <param name="path">The path of the file; its folder is created if it is missing.</param>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is blank.</exception>
    public FileTokenStore(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Windows would not let another process replace a file that is opened otherwise.
            using var reader = new StreamReader(
                new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            var text = (await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Trim();
            return text.Length > 0 ? text : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="refreshToken"/> is null.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public async ValueTask WriteAsync(string refreshToken, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(refreshToken);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        // In the same folder, so that the last step is a rename, which is whole or does not happen.
        var draft = $"{_path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            var stream = new FileStream(draft, options);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(refreshToken + "\n"), cancellationToken).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }
            await MoveAsync(draft, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Whether the other store has the same path.</summary>
    /// <param name="obj">The other store.</param>
    /// <returns>True if it is a store for the same file.</returns>
    public override bool Equals(object? obj) => obj is FileTokenStore other && _path == other._path;

    /// <inheritdoc/>
    public override int GetHashCode() => _path.GetHashCode(StringComparison.Ordinal);

    /// <summary>The path.</summary>
    /// <returns>Text for people, without secrets.</returns>
    public override string ToString() => _path;

    // On Windows another process, such as a virus scanner, may have the file open for a moment.
    private async Task MoveAsync(string draft, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(draft, _path, overwrite: true);
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
