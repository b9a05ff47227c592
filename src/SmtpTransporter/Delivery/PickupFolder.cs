using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// Writes messages to a folder instead of sending them, each with its envelope in <c>X-Sender</c> and <c>X-Receiver</c> at the top: the
/// form of Windows' pickup folders. A file appears when it is whole. Safe for concurrent callers.
/// </summary>
internal sealed class PickupFolder(string path, TimeProvider time)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <returns>The file's path.</returns>
    /// <exception cref="SendFailureException">The file cannot be written, or the callback before it appears failed.</exception>
    public async ValueTask<string> WriteAsync(bool async, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}-{Guid.NewGuid():n}");
        var (part, whole) = (System.IO.Path.Combine(Path, name + ".part"), System.IO.Path.Combine(Path, name + ".eml"));
        try
        {
            Check();
            var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 65536, async);
            try
            {
                var receivers = string.Concat(message.Envelope.Recipients.Select(r => $"X-Receiver: <{r}>\r\n"));
                var top = Encoding.UTF8.GetBytes($"X-Sender: <{message.Envelope.Sender}>\r\n{receivers}");
                if (async)
                    await file.WriteAsync(top, cancellationToken).ConfigureAwait(false);
                else
                    file.Write(top);
                await message.WriteAsync(async, file, cancellationToken).ConfigureAwait(false);
                message.SetWrittenSize(file.Position - top.Length);
                if (async)
                    await file.FlushAsync(cancellationToken).ConfigureAwait(false);
                DiskFlush.FlushFile(file);
            }
            finally
            {
#pragma warning disable CA1849 // Flushed above: nothing is left to wait for.
                file.Dispose();
#pragma warning restore CA1849
            }
            await message.BeginTransmissionAsync(cancellationToken).ConfigureAwait(false);
            File.Move(part, whole);
            DiskFlush.FlushFolder(Path);
            return whole;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SendFailureException(
                SmtpErrorCodes.PickupFolderFailed, "conf", $"PickupFolder: the message could not be written: {exception.Message}",
                exception);
        }
        finally
        {
            if (File.Exists(part))
                File.Delete(part);
        }
    }

    /// <summary>Creates the folder if it does not exist.</summary>
    /// <exception cref="SendFailureException">It cannot be created.</exception>
    public void Check()
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SendFailureException(SmtpErrorCodes.PickupFolderFailed, "conf", $"PickupFolder: {exception.Message}", exception);
        }
    }
}
