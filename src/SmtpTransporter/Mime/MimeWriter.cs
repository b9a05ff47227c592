using System.Buffers;
using MimeKit;
using MimeKit.Encodings;

namespace SmtpTransport;

/// <summary>
/// Writes a message's parts as octets (RFC 5322, 2045, 2046): lines of attachments in base64 as they are read, all else as it was made. A part ends
/// where its octets do: the line end before a boundary belongs to that (RFC 2046, section 5.1.1).
/// </summary>
internal sealed class MimeWriter : IDisposable
{
    // RFC 2045, section 6.8: 76 characters a line.
    private const int OctetsInLine = 57;
    private const int LinesAtOnce = 512;

    // What is larger is handed on as it is, and what is gathered goes out when it is.
    private const int MostGathered = 32 * 1024;

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

    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="message">What is written.</param>
    /// <param name="target">Where to.</param>
    /// <param name="sevenBit">Whether what is in 8bit becomes quoted-printable.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async ValueTask WriteAsync(
        bool async, MimeNode message, IMessageTarget target, bool sevenBit, CancellationToken cancellationToken)
    {
        using var writer = new MimeWriter(target, async, sevenBit, cancellationToken);
        await writer.WriteAsync(message).ConfigureAwait(false);
        if (message.Boundary is null && !writer.EndsLine(message))
            writer._buffer.Add("\r\n"u8);
        await writer.FlushAsync().ConfigureAwait(false);
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>The fields of one entity, and the empty line behind them.</summary>
    public static void WriteFields(ByteBuffer buffer, MimeNode node, bool sevenBit)
    {
        foreach (var (name, value) in node.Fields)
        {
            var armoured = sevenBit && node.Encoding == ContentEncoding.EightBit && name is "Content-Transfer-Encoding";
            buffer.Add(name).Add(": "u8).Add(armoured ? "quoted-printable" : value).Add("\r\n"u8);
        }
        buffer.Add("\r\n"u8);
    }

    /// <summary>Text with CRLF, in quoted-printable.</summary>
    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text)
    {
        var encoder = new QuotedPrintableEncoder();
        var input = ArrayPool<byte>.Shared.Rent(text.Length);
        var output = ArrayPool<byte>.Shared.Rent(encoder.EstimateOutputLength(text.Length));
        try
        {
            text.CopyTo(input);
            var encoded = output.AsSpan(0, encoder.Flush(input, 0, text.Length, output));
            // It writes LF.
            var bytes = new byte[encoded.Length + encoded.Count((byte)'\n')];
            var rest = bytes.AsSpan();
            for (int end; (end = encoded.IndexOf((byte)'\n')) >= 0; encoded = encoded[(end + 1)..])
            {
                encoded[..end].CopyTo(rest);
                "\r\n"u8.CopyTo(rest[end..]);
                rest = rest[(end + 2)..];
            }
            encoded.CopyTo(rest);
            return bytes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
            ArrayPool<byte>.Shared.Return(output);
        }
    }

    /// <summary>Octets in base64, in lines.</summary>
    public static int Base64(ReadOnlySpan<byte> octets, Span<byte> lines)
    {
        var written = 0;
        while (octets.Length > 0)
        {
            var line = octets[..Math.Min(OctetsInLine, octets.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(line, lines[written..], out _, out var length);
            written += length;
            "\r\n"u8.CopyTo(lines[written..]);
            written += 2;
            octets = octets[line.Length..];
        }
        return written;
    }

    /// <summary>All that an attachment holds, in base64.</summary>
    public static byte[] Base64(AttachmentContent content)
    {
        var lines = new byte[Base64Length(content.Length)];
        using var stream = new MemoryStream(lines);
        using var writer = new MimeWriter(new StreamTarget(stream), async: false, sevenBit: false, CancellationToken.None);
        writer.WriteBase64Async(content).GetCompletedResult();
        writer.FlushAsync().GetCompletedResult();
        return lines;
    }

    /// <summary>How many octets they are in base64, line ends included.</summary>
    public static long Base64Length(long octets) => ((octets + 2) / 3 * 4) + (2 * ((octets + OctetsInLine - 1) / OctetsInLine));

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
        : QuotedPrintable(node.Octets.Span);

    private bool EndsLine(MimeNode leaf) => leaf.Content is { } content ? content.Length > 0 : Octets(leaf).Span.EndsWith("\r\n"u8);

    private async ValueTask WriteOctetsAsync(ReadOnlyMemory<byte> octets, bool isEightBit)
    {
        if (octets.Length <= MostGathered)
        {
            _buffer.Add(octets.Span);
            if (_buffer.Length > MostGathered)
                await FlushAsync().ConfigureAwait(false);
            return;
        }
        await FlushAsync().ConfigureAwait(false);
        _cancellationToken.ThrowIfCancellationRequested();
        await _target.WriteSharedAsync(_async, octets, isEightBit, _cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WriteBase64Async(AttachmentContent content)
    {
        content.Position = 0;
        await FlushAsync().ConfigureAwait(false);
        if (_target.TrySkip(Base64Length(content.Length)))
            return;
        var octets = ArrayPool<byte>.Shared.Rent(OctetsInLine * LinesAtOnce);
        try
        {
            for (int read; (read = await FillAsync(content, octets.AsMemory(0, OctetsInLine * LinesAtOnce)).ConfigureAwait(false)) > 0;)
            {
                _buffer.Take(Base64(octets.AsSpan(0, read), _buffer.Room((int)Base64Length(read))));
                if (_buffer.Length > MostGathered)
                    await FlushAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    private async ValueTask<int> FillAsync(AttachmentContent content, Memory<byte> octets)
    {
        var filled = 0;
        while (filled < octets.Length)
        {
            var read = _async ? await content.ReadAsync(octets[filled..], _cancellationToken).ConfigureAwait(false) : content.Read(octets.Span[filled..]);
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
