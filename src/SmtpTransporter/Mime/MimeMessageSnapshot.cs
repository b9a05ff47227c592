using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The header fields of a caller's message, which MimeKit changes when it chooses transfer encodings and writes the message. Disposing the
/// snapshot restores them.
/// </summary>
internal sealed class MimeMessageSnapshot : IDisposable
{
    private readonly List<(HeaderList Headers, List<(Header Header, byte[] Value)> Before)> _lists = [];

    public MimeMessageSnapshot(MimeMessage message) => Add(message);

    public void Dispose()
    {
        foreach (var (headers, before) in _lists)
            Restore(headers, before);
    }

    private static void Restore(HeaderList headers, List<(Header Header, byte[] Value)> before)
    {
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            if (!before.Exists(b => ReferenceEquals(b.Header, headers[i])))
                headers.RemoveAt(i);
        }
        for (var i = 0; i < before.Count; i++)
        {
            var (header, value) = before[i];
            if (i == headers.Count || !ReferenceEquals(headers[i], header))
                headers.Insert(i, header);
            if (!ReferenceEquals(header.RawValue, value))
                header.SetRawValue(value);
        }
    }

    private void Add(MimeMessage message)
    {
        Add(message.Headers);
        if (message.Body is not null)
            Add(message.Body);
    }

    private void Add(MimeEntity entity)
    {
        Add(entity.Headers);
        if (entity is Multipart multipart)
        {
            foreach (var part in multipart)
                Add(part);
        }
        else if (entity is MessagePart { Message: { } inner })
        {
            Add(inner);
        }
    }

    private void Add(HeaderList headers) => _lists.Add((headers, [.. headers.Select(h => (h, h.RawValue))]));
}
