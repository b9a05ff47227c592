using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.Soak;

/// <summary>The connection of a <see cref="WornSession"/>: lines, messages, and replies that leave when all commands are read.</summary>
internal sealed class WornWire(Socket socket)
{
    private readonly StringBuilder _replies = new();
    private byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;

    private ReadOnlySpan<byte> Input => _buffer.AsSpan(_start, _end - _start);

    public async ValueTask<string?> ReadLineAsync()
    {
        int length;
        while ((length = Input.IndexOf("\r\n"u8)) < 0)
        {
            if (!await FillAsync())
                return null;
        }
        return Encoding.UTF8.GetString(Take(length + 2)[..^2]);
    }

    /// <returns>So many bytes; null at the end of the connection.</returns>
    public async ValueTask<byte[]?> ReadAsync(int count)
    {
        while (_end - _start < count)
        {
            if (!await FillAsync())
                return null;
        }
        return Take(count);
    }

    /// <returns>A message without its final dot; null at the end of the connection.</returns>
    public async ValueTask<byte[]?> ReadToDotAsync()
    {
        int length;
        while ((length = Input.IndexOf("\r\n.\r\n"u8)) < 0)
        {
            if (!await FillAsync())
                return null;
        }
        var stuffed = Encoding.ASCII.GetString(Take(length + 5)[..^3]);
        return Encoding.ASCII.GetBytes(stuffed.Replace("\r\n..", "\r\n.", StringComparison.Ordinal));
    }

    public ValueTask SendAsync(string reply)
    {
        _replies.Append(CultureInfo.InvariantCulture, $"{reply}\r\n");
        return _start == _end ? FlushAsync() : ValueTask.CompletedTask;
    }

    /// <summary>Closes this side, and reads until the client has closed the other.</summary>
    /// <returns>What was read.</returns>
    public async ValueTask<byte[]> CloseAsync()
    {
        await FlushAsync();
        socket.Shutdown(SocketShutdown.Send);
        while (await FillAsync())
        {
        }
        return Input.ToArray();
    }

    /// <summary>What has come, and not been read yet.</summary>
    public byte[] ReadWhatIsThere()
    {
        while (socket.Available > 0)
        {
            MakeRoom();
            _end += socket.Receive(_buffer.AsSpan(_end));
        }
        return Input.ToArray();
    }

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private async ValueTask FlushAsync()
    {
        if (_replies.Length == 0)
            return;
        var bytes = Encoding.ASCII.GetBytes(_replies.ToString());
        _replies.Clear();
        for (var sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent));
    }

    private async ValueTask<bool> FillAsync()
    {
        await FlushAsync();
        MakeRoom();
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end));
        _end += count;
        return count > 0;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
            return;
        var larger = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
        Input.CopyTo(larger);
        (_buffer, _start, _end) = (larger, 0, _end - _start);
    }

    private byte[] Take(int count)
    {
        var taken = Input[..count].ToArray();
        _start += count;
        if (_start == _end)
            (_start, _end) = (0, 0);
        return taken;
    }
}
