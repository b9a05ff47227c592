using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// A caller's stream that every send reads from the same position. One that cannot seek is copied by the first send: into memory while it
/// is small, otherwise into a temporary file that no other user can read. Safe for concurrent callers.
/// </summary>
#pragma warning disable CA1001 // Attachments are not disposed; and a semaphore has no handle unless it is asked for one.
internal sealed class StreamSource(Stream stream)
#pragma warning restore CA1001
{
    private const int MaxInMemory = 1024 * 1024;

    // Several attachments may have the same stream.
    private static readonly ConditionalWeakTable<Stream, SemaphoreSlim> Gates = [];

    private readonly SemaphoreSlim _gate = Gates.GetValue(stream, _ => new SemaphoreSlim(1, 1));
    private readonly long _start = stream.CanSeek ? stream.Position : 0;
    private Stream? _copy;

    /// <summary>Returns a stream that can seek, at the first byte of the content. Disposing it leaves the caller's stream open.</summary>
    /// <param name="async">Whether a stream that is copied is read without blocking a thread.</param>
    /// <param name="cancellationToken">Cancels the copying.</param>
    public async ValueTask<Stream> OpenAsync(bool async, CancellationToken cancellationToken)
    {
        if (stream.CanSeek)
            return new SharedStream(stream, _start, _gate);
        if (async)
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        else
            _gate.Wait(cancellationToken);
        try
        {
            _copy ??= await CopyAsync(async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
        return new SharedStream(_copy, 0, _gate);
    }

    private async ValueTask<Stream> CopyAsync(bool async, CancellationToken cancellationToken)
    {
        Stream copy = new MemoryStream();
        try
        {
            var buffer = new byte[81920];
            int read;
            while ((read = async ? await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) : stream.Read(buffer)) > 0)
            {
                if (copy is MemoryStream memory && memory.Length + read > MaxInMemory)
                {
                    copy = NewFile();
                    memory.WriteTo(copy);
                }
                if (async)
                    await copy.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                else
                    copy.Write(buffer, 0, read);
            }
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    // The file is deleted with its stream, at the latest when that is collected.
    private static FileStream NewFile()
    {
        var options = OwnerOnly.Create(FileMode.CreateNew, FileAccess.ReadWrite);
        options.Options = FileOptions.DeleteOnClose;
        return new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
    }
}
