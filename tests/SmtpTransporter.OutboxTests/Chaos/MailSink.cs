using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// A server that answers slowly, and knows at which octet of which connection each MAIL began: so that what had begun at a certain moment
/// can be told from what begins later, even if this process has not read it yet.
/// </summary>
internal sealed class MailSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Connection> _connections = [];
    private readonly List<(Connection Connection, long Position, string Sender)> _mails = [];
    private readonly SemaphoreSlim _more = new(0);
    private readonly TimeSpan _delay;

    private MailSink(TimeSpan delay)
    {
        _delay = delay;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Starts a server.</summary>
    /// <param name="delay">How long each answer to MAIL and to the end of a message takes.</param>
    public static MailSink Start(TimeSpan delay) => new(delay);

    /// <summary>Waits for some more transactions.</summary>
    public async Task WaitForMailsAsync(int count, CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
            await _more.WaitAsync(cancellationToken);
    }

    /// <summary>How far the other sides have written until now.</summary>
    public IReadOnlyDictionary<object, long> Measure()
    {
        lock (_mails)
            return _connections.ToDictionary(c => (object)c, c => c.Measure());
    }

    /// <summary>The senders of the transactions that began after a measurement.</summary>
    public IReadOnlyList<string> ListBegunSince(IReadOnlyDictionary<object, long> positions)
    {
        lock (_mails)
            return [.. _mails.Where(m => m.Position >= positions.GetValueOrDefault(m.Connection, 0)).Select(m => m.Sender)];
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (var number = 0; !_end.IsCancellationRequested; number++)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            var connection = new Connection(client);
            lock (_mails)
                _connections.Add(connection);
            _ = ServeAsync(connection, number);
        }
    }

    private async Task ServeAsync(Connection connection, int number)
    {
        using (connection)
        {
            try
            {
                await connection.ReplyAsync("220 sink.test");
                // Each way in which a transporter sends a transaction.
                var extensions = (number % 3) switch
                {
                    0 => "250 sink.test",
                    1 => "250-sink.test\r\n250 PIPELINING",
                    _ => "250-sink.test\r\n250-PIPELINING\r\n250 CHUNKING",
                };
                while (await ReadLineAsync(connection) is { } line)
                    await AnswerAsync(connection, line, extensions);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
            {
                // The other side has gone.
            }
        }
    }

    private async Task AnswerAsync(Connection connection, string line, string extensions)
    {
        switch (line.Split(' ', ':')[0])
        {
            case "EHLO":
                await connection.ReplyAsync(extensions);
                break;
            case "MAIL":
                await WaitAsync();
                await connection.ReplyAsync("250 Ok");
                break;
            case "DATA":
                await connection.ReplyAsync("354 Go on");
                while (await ReadLineAsync(connection) is not (null or "."))
                {
                }
                await WaitAsync();
                await connection.ReplyAsync("250 Ok");
                break;
            case "BDAT":
                _ = Utf8Parser.TryParse(Encoding.ASCII.GetBytes(line[5..]), out int size, out _);
                await connection.SkipAsync(size, _end.Token);
                await WaitAsync();
                await connection.ReplyAsync("250 Ok");
                break;
            case "QUIT":
                await connection.ReplyAsync("221 Bye");
                break;
            default:
                await connection.ReplyAsync("250 Ok");
                break;
        }
    }

    private async Task WaitAsync()
    {
        using var timer = new PeriodicTimer(_delay);
        await timer.WaitForNextTickAsync(_end.Token);
    }

    private async Task<string?> ReadLineAsync(Connection connection)
    {
        var (line, position) = await connection.ReadLineAsync(_end.Token);
        if (line?.StartsWith("MAIL FROM:<", StringComparison.Ordinal) == true)
        {
            lock (_mails)
                _mails.Add((connection, position, line[11..line.IndexOf('>', StringComparison.Ordinal)]));
            _more.Release();
        }
        return line;
    }

    private sealed class Connection(TcpClient client) : IDisposable
    {
        private readonly byte[] _buffer = new byte[8192];
        private int _start;
        private int _end;

        private long _read;

        /// <summary>How many octets have come, whether they were read from the socket or not.</summary>
        public long Measure()
        {
            lock (_buffer)
            {
                try
                {
                    return _read + client.Available;
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
                {
                    return _read;
                }
            }
        }

        public async Task<(string? Line, long Position)> ReadLineAsync(CancellationToken cancellationToken)
        {
            var line = new StringBuilder();
            var position = _read - (_end - _start);
            while (true)
            {
                if (_start == _end && !await FillAsync(cancellationToken))
                    return (null, position);
                var next = (char)_buffer[_start++];
                if (next == '\n')
                    return (line.ToString().TrimEnd('\r'), position);
                line.Append(next);
            }
        }

        public async Task SkipAsync(int count, CancellationToken cancellationToken)
        {
            while (count > 0)
            {
                if (_start == _end && !await FillAsync(cancellationToken))
                    return;
                var here = Math.Min(count, _end - _start);
                (_start, count) = (_start + here, count - here);
            }
        }

        public Task ReplyAsync(string line) => client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{line}\r\n")).AsTask();

        public void Dispose() => client.Dispose();

        private async Task<bool> FillAsync(CancellationToken cancellationToken)
        {
            // What is taken from the socket counts as unread no more: both in one step for whoever measures.
            await client.Client.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
            lock (_buffer)
            {
                _start = 0;
                _end = client.Available == 0 ? 0 : client.Client.Receive(_buffer);
                _read += _end;
            }
            return _end > 0;
        }
    }
}
