namespace SmtpTransport;

/// <summary>Keeps a refresh token in a file, which is replaced as a whole and, except on Windows, only its owner can read.</summary>
/// <remarks>
/// On Windows the file has the permissions of its folder: choose one in the user's profile. Two stores are equal if they have the same
/// path.
/// </remarks>
public sealed class FileTokenStore : ITokenStore
{
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
        await OwnerFile.WriteAsync(_path, System.Text.Encoding.UTF8.GetBytes(refreshToken + "\n"), cancellationToken).ConfigureAwait(false);
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
}
