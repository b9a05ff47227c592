using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// The file of the extended log. Connections and transporters of the process that name the same file share one of these, so that lines are
/// whole. A line that cannot be written never fails a send.
/// </summary>
internal sealed class ExtendedLog : IDisposable
{
    private static readonly Dictionary<string, ExtendedLog> OpenLogs = [];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly TimeSpan RecyclePause = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private FileStream? _file;
    private int _maxSize;
    private int _maxFiles;
    private long _sequence;
    private int _users;
    private string? _failure;
    private bool _isFailing;
    private long? _notRecycledAt;

    private ExtendedLog(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = OpenFile();
    }

    /// <summary>Opens the log, or shares the one that is open.</summary>
    /// <exception cref="ArgumentException">The file cannot be written.</exception>
    public static ExtendedLog Open(ServerOptions options, TimeProvider time)
    {
        var logFile = options.LogFile!;
        try
        {
            var path = Path.GetFullPath(Path.IsPathFullyQualified(logFile) ? logFile : Path.Combine("Logs", logFile));
            lock (OpenLogs)
            {
                if (!OpenLogs.TryGetValue(path, out var log))
                    OpenLogs.Add(path, log = new ExtendedLog(path, time));
                log._users++;
                // The last who opens it decides for all.
                (log._maxSize, log._maxFiles) = (options.LogMaxSize, options.LogMaxFiles);
                return log;
            }
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
#pragma warning disable CA2208 // The caller knows the option by its own name.
            throw new ArgumentException(
                $"{nameof(ServerOptions.LogFile)} is \"{logFile}\", which cannot be opened: {exception.Message} Allowed: a file "
                + $"that can be written.",
                nameof(ServerOptions.LogFile), exception);
#pragma warning restore CA2208
        }
    }

    public void Write(int connection, string text)
    {
        lock (_gate)
        {
            try
            {
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{++_sequence}\t{_time.GetLocalNow():yyyy-MM-dd'T'HH:mm:ss.fffzzz}\t{Environment.ProcessId}\t{connection}\t"
                    + $"{text.Replace("\r", "\\r", StringComparison.Ordinal)}\n");
                var bytes = Utf8.GetBytes(line);
                _file ??= OpenFile();
                if (_file.Seek(0, SeekOrigin.End) is var size and > 0 && _maxSize > 0 && size + bytes.Length > _maxSize && MayRecycle)
                    _file = Recycle(_file);
                _file.Write(bytes);
                _isFailing = _notRecycledAt is not null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Fail("written", exception);
            }
        }
    }

    private bool MayRecycle => _notRecycledAt is not { } failed || _time.GetElapsedTime(failed) >= RecyclePause;

    // Once, however many lines and sends it lasts.
    private void Fail(string what, Exception exception)
    {
        if (!_isFailing)
            _failure = $"The extended log \"{_path}\" cannot be {what}: {exception.Message}";
        _isFailing = true;
    }

    /// <summary>
    /// Begins a new file: the old one gets the number 1, those with a number get the next, and the oldest ends. If that fails, as with a
    /// file that another program has open, the file goes on beyond its size for a while: no line and no older file is lost.
    /// </summary>
    private FileStream Recycle(FileStream full)
    {
        if (_maxFiles == 1)
        {
            full.SetLength(0);
            return full;
        }
        // A file that is open cannot be renamed everywhere.
        _file = null;
        full.Dispose();
        try
        {
            // What is behind a number that is free keeps its own.
            var free = 1;
            while (free < _maxFiles - 1 && File.Exists(NumberedPath(free)))
                free++;
            for (var number = free; number >= 1; number--)
                File.Move(number == 1 ? _path : NumberedPath(number - 1), NumberedPath(number), overwrite: true);
            _notRecycledAt = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _notRecycledAt = _time.GetTimestamp();
            Fail("recycled", exception);
        }
        var file = OpenFile();
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    // Before the extension, which names the program that opens it.
    private string NumberedPath(int number) =>
        Path.Combine(
            Path.GetDirectoryName(_path)!,
            string.Create(
                CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(_path)}.{number}{Path.GetExtension(_path)}"));

    private FileStream OpenFile() => new(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>What could not be written since the last call; reported once.</summary>
    public IReadOnlyList<SmtpError> TakeWarnings() =>
        Interlocked.Exchange(ref _failure, null) is { } failure ? [new SmtpError(SmtpErrorCodes.LogWriteFailed, failure, "log")] : [];

    public void Dispose()
    {
        lock (OpenLogs)
        {
            if (--_users > 0)
                return;
            OpenLogs.Remove(_path);
            lock (_gate)
                _file?.Dispose();
        }
    }
}
