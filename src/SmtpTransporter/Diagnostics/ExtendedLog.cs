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

    private readonly string _path;
    private readonly FileStream _file;
    private readonly TimeProvider _time;
    private long _sequence;
    private int _users;
    private string? _failure;
    private bool _isFailing;

    private ExtendedLog(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    }

    /// <summary>Opens the log, or shares the one that is open.</summary>
    /// <exception cref="ArgumentException">The file cannot be written.</exception>
    public static ExtendedLog Open(string logFile, TimeProvider time)
    {
        try
        {
            var path = Path.GetFullPath(Path.IsPathFullyQualified(logFile) ? logFile : Path.Combine("Logs", logFile));
            lock (OpenLogs)
            {
                if (!OpenLogs.TryGetValue(path, out var log))
                    OpenLogs.Add(path, log = new ExtendedLog(path, time));
                log._users++;
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
        lock (_file)
        {
            try
            {
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{++_sequence}\t{_time.GetLocalNow():yyyy-MM-dd'T'HH:mm:ss.fffzzz}\t{Environment.ProcessId}\t{connection}\t"
                    + $"{text.Replace("\r", "\\r", StringComparison.Ordinal)}\n");
                _file.Seek(0, SeekOrigin.End);
                _file.Write(Utf8.GetBytes(line));
                _isFailing = false;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Once, however many lines and sends it lasts.
                if (!_isFailing)
                    _failure = $"The extended log \"{_path}\" cannot be written: {exception.Message}";
                _isFailing = true;
            }
        }
    }

    /// <summary>What could not be written since it was last asked: told once.</summary>
    public IReadOnlyList<SmtpError> TakeWarnings() =>
        Interlocked.Exchange(ref _failure, null) is { } failure ? [new SmtpError(SmtpErrorCodes.LogWriteFailed, failure, "log")] : [];

    public void Dispose()
    {
        lock (OpenLogs)
        {
            if (--_users > 0)
                return;
            OpenLogs.Remove(_path);
            _file.Dispose();
        }
    }
}
