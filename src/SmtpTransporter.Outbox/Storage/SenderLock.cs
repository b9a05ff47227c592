using System.Buffers.Binary;

namespace SmtpTransport.Outbox;

/// <summary>
/// A file beside the database, which one process has for itself while it sends. The operating system releases it when the process ends. It
/// keeps what a backup of the database does not have: a number of its own, and how far the database had counted. Not thread-safe.
/// </summary>
internal sealed class SenderLock(FileStream file) : IDisposable
{
    private const int Size = 2 * sizeof(long);

    /// <returns>Null if nothing was written yet.</returns>
    public DatabasePlace? Read()
    {
        Span<byte> content = stackalloc byte[Size];
        return RandomAccess.Read(file.SafeFileHandle, content, 0) == Size
            ? new(BinaryPrimitives.ReadInt64BigEndian(content), BinaryPrimitives.ReadInt64BigEndian(content[sizeof(long)..]))
            : null;
    }

    public void Write(DatabasePlace place)
    {
        Span<byte> content = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(content, place.Number);
        BinaryPrimitives.WriteInt64BigEndian(content[sizeof(long)..], place.Count);
        RandomAccess.Write(file.SafeFileHandle, content, 0);
    }

    public void Dispose() => file.Dispose();
}
