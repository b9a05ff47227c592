using System.Text;

namespace SmtpTransport;

/// <summary>
/// A suppression list in a CSV file, as <see cref="SuppressionListExtensions.ExportAsync"/> writes it, for
/// <see cref="ServerOptions.SuppressionList"/>.
/// </summary>
/// <remarks>
/// <para>
/// It is read at first use, and again whenever its size or time has changed: a person may edit it. An entry that is added is on the disk
/// when the call returns. A file with other columns, or without an end of its last line, is then written anew with the columns of an
/// export, as it is if an entry is removed. One process at a time may change it: the outbox has a list for many.
/// </para>
/// <para>
/// A file that cannot be read, or has a line that is not valid, is an exception of each call: a transporter then sends nothing.
/// Thread-safe.
/// </para>
/// </remarks>
public sealed class FileSuppressionList : ISuppressionList
{
    private readonly object _lock = new();
    private readonly TimeProvider _time;
    private MemorySuppressionList _entries;
    private (long Length, DateTime WrittenAt)? _read;

    /// <summary>Uses a file, which is created with its header line if it does not exist; only its owner can read it then.</summary>
    /// <param name="path">The path; absolute, or relative to the current directory. Its folder must exist.</param>
    /// <param name="timeProvider">The clock for entries without a time. Default: that of the system.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is blank.</exception>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be created.</exception>
    public FileSuppressionList(string path, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = System.IO.Path.GetFullPath(path);
        _time = timeProvider ?? TimeProvider.System;
        _entries = new MemorySuppressionList(_time);
        // Only now: a list that is missing later holds nothing, and must not be taken for an empty one.
        if (!File.Exists(Path))
            Write(Path, FileMode.CreateNew, [SuppressionCsv.Header]);
    }

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public Task<bool> AddAsync(Suppression suppression, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suppression);
        if (suppression.FindError() is { } error)
            throw new ArgumentException(error, nameof(suppression));
        return Task.FromResult(Add([suppression]) > 0);
    }

    /// <inheritdoc/>
    public Task<int> AddManyAsync(IReadOnlyList<Suppression> suppressions, CancellationToken cancellationToken = default)
    {
        MemorySuppressionList.ThrowIfWrong(suppressions);
        return Task.FromResult(Add(suppressions));
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string address, string by, string? stream = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        lock (_lock)
        {
            if (!Read().Remove(address, stream))
                return Task.FromResult(false);
            Replace();
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Suppression>> FindAsync(string address, CancellationToken cancellationToken = default)
    {
        lock (_lock)
            return Read().FindAsync(address, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SuppressionPage> ListAsync(int limit = 100, string? page = null, CancellationToken cancellationToken = default)
    {
        lock (_lock)
            return Read().ListAsync(limit, page, cancellationToken);
    }

    /// <summary>Returns the path.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => Path;

    private int Add(IReadOnlyList<Suppression> suppressions)
    {
        lock (_lock)
        {
            var added = Read().AddNew(suppressions);
            if (added.Count == 0)
                return 0;
            if (!TakesLines())
            {
                Replace();
                return added.Count;
            }
            // If it fails, the file says what is stored.
            _read = null;
            Write(Path, FileMode.Append, added.Select(SuppressionCsv.Write));
            _read = Stamp();
            return added.Count;
        }
    }

    /// <summary>Writes all entries anew. The file is whole at any time.</summary>
    private void Replace()
    {
        var part = $"{Path}.part";
        _read = null;
        Write(part, FileMode.Create, [SuppressionCsv.Header, .. _entries.ToList().Select(SuppressionCsv.Write)]);
        File.Move(part, Path, overwrite: true);
        DiskFlush.FlushFolder(System.IO.Path.GetDirectoryName(Path)!);
    }

    /// <summary>
    /// Whether a line of these columns may be put behind the last one: a person may have written other columns, and neither a person nor a
    /// crash need have ended the last line.
    /// </summary>
    private bool TakesLines()
    {
        var header = Encoding.UTF8.GetBytes(SuppressionCsv.Header + "\n");
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var first = new byte[header.Length];
        if (file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) < first.Length || !first.AsSpan().SequenceEqual(header))
            return false;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    /// <summary>The entries as the file has them now.</summary>
    private MemorySuppressionList Read()
    {
        var stamp = Stamp();
        if (stamp == _read)
            return _entries;
        var entries = new MemorySuppressionList(_time);
        using (var reader = new StreamReader(Path, Encoding.UTF8))
        {
            var all = SuppressionCsv.ReadAsync(async: false, reader, CancellationToken.None).GetAsyncEnumerator();
            while (all.MoveNextAsync().GetCompletedResult())
                entries.AddNew([all.Current]);
        }
        // Before the reading: what is written meanwhile is read by the next call.
        (_entries, _read) = (entries, stamp);
        return entries;
    }

    private (long Length, DateTime WrittenAt) Stamp()
    {
        var file = new FileInfo(Path);
        return file.Exists
            ? (file.Length, file.LastWriteTimeUtc)
            : throw new FileNotFoundException(
                $"The suppression list {Path} does not exist any more. Restore it, or create an empty one.", Path);
    }

    private static void Write(string path, FileMode mode, IEnumerable<string> lines)
    {
        using var file = new FileStream(path, OwnerOnly.Create(mode, FileAccess.Write));
        file.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))));
        DiskFlush.FlushFile(file);
    }
}
