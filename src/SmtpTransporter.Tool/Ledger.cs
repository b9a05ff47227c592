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
    private readonly FileStream _stream;
    private readonly TimeProvider _time;

    // Written with the first entry: a run that sends nothing does not claim the ledger.
    private LedgerOrigin? _unwritten;
    private long _length;
    private long _flushed;

    private Ledger(string path, FileStream stream, TimeProvider time)
    {
        Path = path;
        _stream = stream;
        _time = time;
    }

    public string Path { get; }

    private SafeFileHandle Handle => _stream.SafeFileHandle;

    /// <summary>What it belongs to; null if it is new.</summary>
    private LedgerOrigin? Origin { get; set; }

    /// <summary>One for all forms of an address that the server takes for the same one.</summary>
    public static string KeyOf(string address) => AddressSpec.WithAsciiDomain(address).ToUpperInvariant();

    /// <summary>Opens the ledger, or creates it, for its owner alone.</summary>
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
            var options = OwnerOnly.Create(FileMode.OpenOrCreate, FileAccess.ReadWrite);
            (options.Share, options.BufferSize) = (FileShare.None, 0);
            ledger = new Ledger(path, new FileStream(path, options), time);
            ledger.Read();
            if (ledger._length == 0)
                DiskFlush.FlushFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
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
    public LedgerEntry? Find(string address) => _entries.GetValueOrDefault(KeyOf(address));

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
            RandomAccess.FlushToDisk(Handle);
            _flushed = length;
        }
        finally
        {
            _flush.Release();
        }
    }

    /// <summary>Records what became of the email for the address, whatever became of it for other recipients of the template.</summary>
    /// <exception cref="IOException">It cannot be written: another run finds the address in doubt, if it was begun.</exception>
    public void End(string address, SendResult result) => Write(new LedgerEntry
    {
        Address = address,
        MessageId = result.MessageId,
        Outcome = OutcomeFor(address, result),
        Reply = result.Status == 0 ? result.Reason : $"{result.Status} {result.StatusText}",
    });

    public void Dispose()
    {
        _stream.Dispose();
        _flush.Dispose();
    }

    private static Outcome OutcomeFor(string address, SendResult result)
    {
        if (result.Outcome != Outcome.PartiallyAccepted)
            return result.Outcome;
        var key = KeyOf(address);
        return result.Recipients.FirstOrDefault(r => KeyOf(r.Address) == key) switch
        {
            null => result.Outcome,
            { State: RecipientState.Accepted } => Outcome.Accepted,
            { State: RecipientState.Refused } => Outcome.Refused,
            { State: RecipientState.Deferred } => Outcome.Deferred,
            { IsInDoubt: true } => Outcome.Unknown,
            _ => Outcome.NotSent,
        };
    }

    private long Write(LedgerEntry entry)
    {
        lock (_gate)
        {
            if (_unwritten is { } origin)
            {
                WriteLine(new LedgerEntry { Origin = origin });
                _unwritten = null;
            }
            return WriteLine(entry);
        }
    }

    private long WriteLine(LedgerEntry entry)
    {
        var line = Utf8.GetBytes($"{JsonSerializer.Serialize(entry with { At = _time.GetUtcNow() }, Json.Line)}\n");
        try
        {
            RandomAccess.Write(Handle, line, _length);
        }
        catch (IOException)
        {
            // A part of it may be there, on a full disk.
            RandomAccess.SetLength(Handle, _length);
            throw;
        }
        return _length += line.Length;
    }

    private void Read()
    {
        var content = new byte[RandomAccess.GetLength(Handle)];
        for (var read = 0; read < content.Length;)
        {
            var count = RandomAccess.Read(Handle, content.AsSpan(read), read);
            if (count == 0)
                break;
            read += count;
        }
        var number = 0;
        foreach (var line in new ReadOnlySpan<byte>(content).Split((byte)'\n'))
            Take(content.AsSpan(line), ++number);
        _length = content.Length;
        // A run that was killed may have left a part of a line.
        if (_length > 0 && content[^1] != '\n')
        {
            RandomAccess.Write(Handle, "\n"u8, _length);
            _length++;
        }
    }

    private void Take(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            var entry = line.IsEmpty ? null : JsonSerializer.Deserialize<LedgerEntry>(line, Json.Line);
            Origin = entry?.Origin ?? Origin;
            if (entry?.Address is not null)
                _entries[KeyOf(entry.Address)] = entry;
            if (entry is not null && Origin is null)
                throw new JsonException("It is no ledger.");
        }
        // The rest of a line whose writing was interrupted: what it says had not begun, or stays in doubt.
        catch (JsonException) when (Origin is not null || IsTorn(line))
        {
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new UsageException(
                $"The ledger {Path} cannot be read in line {number}: {exception.Message} Is it another file? Name one with --ledger.",
                exception);
        }
    }

    private static bool IsTorn(ReadOnlySpan<byte> line) =>
        line is [(byte)'{', ..] and not [.., (byte)'}'] || !line.ContainsAnyExcept((byte)0);

    private void Claim(LedgerOrigin origin, bool mayDiffer)
    {
        if (origin == Origin)
            return;
        if (Origin is not null && !mayDiffer && _entries.Count > 0)
        {
            var what = Origin.Server == origin.Server
                ? $"another email, with the subject \"{Origin.Subject}\""
                : $"what was sent by {Origin.Server}, and not by {origin.Server}";
            throw new UsageException(
                $"The ledger {Path} is that of {what}. For a new email, name another one with --ledger. If it is the same email, give "
                + "--continue, and only those get it who have not got it yet.");
        }
        _unwritten = origin;
    }
}
