using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace SmtpTransport.Tool;

/// <summary>
/// A file with what became of each address of a mail merge, so that another run sends only what is left. It is written before an email can
/// have been delivered, and after its end: a run that is killed, at any moment, leaves no address that would get the email twice. It
/// belongs to one run at a time. Safe for concurrent callers.
/// </summary>
internal sealed class Ledger : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly object _gate = new();
    private readonly SemaphoreSlim _flush = new(1);
    private readonly Dictionary<string, LedgerEntry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly SafeFileHandle _file;
    private readonly TimeProvider _time;
    private long _length;
    private long _flushed;

    private Ledger(string path, SafeFileHandle file, TimeProvider time)
    {
        Path = path;
        _file = file;
        _time = time;
    }

    public string Path { get; }

    /// <summary>What it belongs to; null if it is new.</summary>
    private LedgerOrigin? Origin { get; set; }

    /// <summary>Opens the ledger, or creates it.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="origin">What is sent, and by which server.</param>
    /// <param name="mayDiffer">Whether it may be the ledger of another template or server.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="UsageException">The file cannot be used, or belongs to something else or to another run.</exception>
    public static Ledger Open(string path, LedgerOrigin origin, bool mayDiffer, TimeProvider time)
    {
        Ledger? ledger = null;
        try
        {
            ledger = new Ledger(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), time);
            ledger.Read();
            ledger.Claim(origin, mayDiffer);
            return ledger;
        }
        catch (Exception exception)
        {
            ledger?.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new UsageException(
                    $"The ledger {path} cannot be used: {exception.Message} If no other run uses it, name another one with --ledger.",
                    exception);
            }
            throw;
        }
    }

    /// <returns>What became of the address before this run; null if nothing was sent to it.</returns>
    public LedgerEntry? Find(string address) => _entries.GetValueOrDefault(address);

    /// <summary>Records that the email may be delivered from now on. When it returns, that is on the disk.</summary>
    /// <exception cref="IOException">It cannot be written: the email must not be sent.</exception>
    public async ValueTask BeginAsync(string address, string messageId, CancellationToken cancellationToken)
    {
        var end = Write(new LedgerEntry { Address = address, MessageId = messageId });
        await _flush.WaitAsync(cancellationToken);
        try
        {
            // The flush of another one may have taken this entry with it.
            if (_flushed >= end)
                return;
            long length;
            lock (_gate)
                length = _length;
            RandomAccess.FlushToDisk(_file);
            _flushed = length;
        }
        finally
        {
            _flush.Release();
        }
    }

    /// <summary>Records what became of the email.</summary>
    /// <exception cref="IOException">It cannot be written: another run finds the address in doubt, if it was begun.</exception>
    public void End(string address, SendResult result) => Write(new LedgerEntry
    {
        Address = address,
        MessageId = result.MessageId,
        Outcome = result.Outcome,
        Reply = result.Status == 0 ? result.Reason : $"{result.Status} {result.StatusText}",
    });

    public void Dispose()
    {
        _file.Dispose();
        _flush.Dispose();
    }

    private long Write(LedgerEntry entry)
    {
        var line = Utf8.GetBytes($"{JsonSerializer.Serialize(entry with { At = _time.GetUtcNow() }, Json.Line)}\n");
        lock (_gate)
        {
            RandomAccess.Write(_file, line, _length);
            return _length += line.Length;
        }
    }

    private void Read()
    {
        var content = new byte[RandomAccess.GetLength(_file)];
        for (var read = 0; read < content.Length;)
        {
            var count = RandomAccess.Read(_file, content.AsSpan(read), read);
            if (count == 0)
                break;
            read += count;
        }
        using var reader = new StreamReader(new MemoryStream(content), Utf8);
        for (var number = 1; reader.ReadLine() is { } line; number++)
            Take(line, number);
        _length = content.Length;
        // A run that was killed may have left a part of a line.
        if (_length > 0 && content[^1] != '\n')
        {
            RandomAccess.Write(_file, "\n"u8, _length);
            _length++;
        }
    }

    private void Take(string line, int number)
    {
        // The rest of a line whose writing was interrupted: what it says had not begun, or stays in doubt.
        if (line.Length == 0 || (line[0] == '{' && line[^1] != '}'))
            return;
        try
        {
            var entry = JsonSerializer.Deserialize<LedgerEntry>(line, Json.Line) ?? throw new JsonException("It is null.");
            Origin = entry.Origin ?? Origin ?? throw new JsonException("It is no ledger.");
            if (entry.Address is not null)
                _entries[entry.Address] = entry;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new UsageException(
                $"The ledger {Path} cannot be read in line {number}: {exception.Message} Is it another file? Name one with --ledger.",
                exception);
        }
    }

    private void Claim(LedgerOrigin origin, bool mayDiffer)
    {
        if (origin == Origin)
            return;
        if (Origin is not null && !mayDiffer)
        {
            var what = Origin.Server == origin.Server
                ? $"another email, with the subject \"{Origin.Subject}\""
                : $"what was sent by {Origin.Server}, and not by {origin.Server}";
            throw new UsageException(
                $"The ledger {Path} is that of {what}. For a new email, name another one with --ledger. If it is the same email, give "
                + "--continue, and only those get it who have not got it yet.");
        }
        Write(new LedgerEntry { Origin = origin });
    }
}
