using System.Buffers;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// Writes a message's parts as bytes (RFC 5322, 2045, 2046): attachments in base64 while they are read, everything else as it was created.
/// A part ends with its bytes: the line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1).
/// </summary>
internal sealed class MimeWriter : IDisposable
{
    private const int LinesPerRead = 512;

    // Larger blocks are passed on without copying; smaller ones are collected up to this size.
    private const int MaxCollected = 32 * 1024;

    private readonly IMessageTarget _target;
    private readonly bool _async;
    private readonly bool _sevenBit;
    private readonly CancellationToken _cancellationToken;
    private readonly ByteBuffer _buffer = new(4096);

    private MimeWriter(IMessageTarget target, bool async, bool sevenBit, CancellationToken cancellationToken)
    {
        _target = target;
        _async = async;
        _sevenBit = sevenBit;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Writes a message.</summary>
    /// <param name="async">Whether to read and write without blocking a thread.</param>
    /// <param name="message">The message.</param>
    /// <param name="target">Receives the bytes.</param>
    /// <param name="sevenBit">Whether 8bit content becomes quoted-printable.</param>
    /// <param name="cancellationToken">Cancels reading and writing.</param>
    /// <exception cref="EmailContentException">An attachment cannot be read.</exception>
    public static async ValueTask WriteAsync(
        bool async, MimeNode message, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken)
    {
        using var writer = new MimeWriter(target, async, sevenBit, cancellationToken);
        await writer.WriteAsync(message).ConfigureAwait(false);
        if (message.Boundary is null && !writer.EndsLine(message))
            writer._buffer.Add("\r\n"u8);
        await writer.FlushAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="WriteAsync(bool, MimeNode, IMessageTarget, bool, CancellationToken)"/>
    public static ValueTask WriteAsync(bool async, MimeNode message, Stream target, bool sevenBit, CancellationToken cancellationToken) =>
        WriteAsync(async, message, new StreamTarget(target), sevenBit, cancellationToken);

    /// <summary>Writes the fields of one entity, and the empty line that follows them.</summary>
    public static void WriteFields(ByteBuffer buffer, MimeNode node, bool sevenBit)
    {
        foreach (var (name, value) in node.Fields)
        {
            var isChanged = sevenBit && name is "Content-Transfer-Encoding" && value is "8bit";
            buffer.Add(name).Add(": "u8).Add(isChanged ? SevenBitEncoding(node) : value).Add("\r\n"u8);
        }
        buffer.Add("\r\n"u8);
    }

    // RFC 2045, section 6.4: what has parts, or a message inside, must not be encoded itself.
    private static string SevenBitEncoding(MimeNode node) =>
        node.Boundary is not null || node.IsMessage ? "7bit" : "quoted-printable";

    /// <summary>Returns the whole content of an attachment in base64.</summary>
    /// <exception cref="EmailContentException">The attachment cannot be read.</exception>
    public static async ValueTask<byte[]> EncodeAsync(bool async, AttachmentContent content, CancellationToken cancellationToken)
    {
        var lines = new byte[TransferEncodings.Base64Length(content.Length)];
        using var stream = new MemoryStream(lines);
        using var writer = new MimeWriter(new StreamTarget(stream), async, sevenBit: false, cancellationToken);
        await writer.WriteBase64Async(content).ConfigureAwait(false);
        await writer.FlushAsync().ConfigureAwait(false);
        return lines;
    }

    public void Dispose() => _buffer.Dispose();

    private async ValueTask WriteAsync(MimeNode node)
    {
        WriteFields(_buffer, node, _sevenBit);
        if (node.Boundary is not null)
        {
            foreach (var part in node.Parts)
            {
                _buffer.Add("--"u8).Add(node.Boundary).Add("\r\n"u8);
                await WriteAsync(part).ConfigureAwait(false);
                _buffer.Add("\r\n"u8);
            }
            _buffer.Add("--"u8).Add(node.Boundary).Add("--\r\n"u8);
        }
        else if (node.Content is { } content)
        {
            await WriteBase64Async(content).ConfigureAwait(false);
        }
        else
        {
            await WriteOctetsAsync(Octets(node), !_sevenBit && node.Encoding == ContentEncoding.EightBit).ConfigureAwait(false);
        }
    }

    private ReadOnlyMemory<byte> Octets(MimeNode node) =>
        !_sevenBit || node.Encoding != ContentEncoding.EightBit ? node.Octets
        : node.IsMessage ? MimeKitConverter.SevenBitMessage(node.Octets, _cancellationToken)
        : TransferEncodings.QuotedPrintable(node.Octets.Span);

    private bool EndsLine(MimeNode leaf) => leaf.Content is { } content ? content.Length > 0 : Octets(leaf).Span.EndsWith("\r\n"u8);

    private async ValueTask WriteOctetsAsync(ReadOnlyMemory<byte> octets, bool isEightBit)
    {
        if (octets.Length <= MaxCollected)
        {
            _buffer.Add(octets.Span);
            if (_buffer.Length > MaxCollected)
                await FlushAsync().ConfigureAwait(false);
            return;
        }
        await FlushAsync().ConfigureAwait(false);
        _cancellationToken.ThrowIfCancellationRequested();
        await _target.WriteSharedAsync(_async, octets, isEightBit, _cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteBase64Async(AttachmentContent content)
    {
        const int readSize = TransferEncodings.Base64BytesPerLine * LinesPerRead;
        content.Position = 0;
        await FlushAsync().ConfigureAwait(false);
        if (_target.TrySkip(TransferEncodings.Base64Length(content.Length)))
            return;
        var bytes = ArrayPool<byte>.Shared.Rent(readSize);
        try
        {
            for (int read; (read = await FillAsync(content, bytes.AsMemory(0, readSize)).ConfigureAwait(false)) > 0;)
            {
                var room = _buffer.Room((int)TransferEncodings.Base64Length(read));
                _buffer.Take(TransferEncodings.Base64(bytes.AsSpan(0, read), room));
                if (_buffer.Length > MaxCollected)
                    await FlushAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private async ValueTask<int> FillAsync(AttachmentContent content, Memory<byte> bytes)
    {
        var filled = 0;
        while (filled < bytes.Length)
        {
            var read = _async
                ? await content.ReadAsync(bytes[filled..], _cancellationToken).ConfigureAwait(false)
                : content.Read(bytes.Span[filled..]);
            if (read == 0)
                break;
            filled += read;
        }
        return filled;
    }

    private async ValueTask FlushAsync()
    {
        if (_buffer.Length == 0)
            return;
        _cancellationToken.ThrowIfCancellationRequested();
        await _target.WriteAsync(_async, _buffer.Memory, _cancellationToken).ConfigureAwait(false);
        _buffer.Clear();
    }
}
