using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// Stands between a client and a server of IMAP. It hides that the server offers TLS, so that it can read the client's commands, and cuts
/// connections.
/// </summary>
internal sealed class ImapProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<string> _commands = Channel.CreateUnbounded<string>();
    private readonly Task _accepting;
    private readonly int _port;
    private readonly string? _hidden;

    /// <param name="port">The port of the server.</param>
    /// <param name="hidden">Another capability that the client does not see; null for none.</param>
    public ImapProxy(int port, string? hidden = null)
    {
        (_port, _hidden) = (port, hidden);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The commands without their tags, in the order in which they came.</summary>
    public List<string> Seen { get; } = [];

    /// <summary>Whether a connection is cut before the server gets this command.</summary>
    public Func<string, bool> CutsBefore { get; set; } = _ => false;

    /// <summary>Whether a connection is cut after the server has obeyed this command, and before the client knows it.</summary>
    public Func<string, bool> CutsAfter { get; set; } = _ => false;

    /// <summary>Waits for the next command that begins with a word.</summary>
    public async Task WaitForAsync(string command, CancellationToken cancellationToken)
    {
        while (!(await _commands.Reader.ReadAsync(cancellationToken)).StartsWith(command, StringComparison.Ordinal))
        {
            // Another command.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(IPAddress.Loopback, _port);
            var isCut = new StrongBox();
            var relays = new[] { RelayCommandsAsync(client, server, isCut), RelayRepliesAsync(client, server, isCut) };
            await Task.WhenAny(relays);
            client.Close();
            server.Close();
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayCommandsAsync(TcpClient client, TcpClient server, StrongBox isCut)
    {
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1, leaveOpen: true);
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                var command = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
                lock (Seen)
                    Seen.Add(command);
                if (CutsBefore(command))
                    return;
                isCut.Value |= CutsAfter(command);
                await server.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"{line}\r\n"), _end.Token);
                _commands.Writer.TryWrite(command);
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // One of the two has gone.
        }
    }

    private async Task RelayRepliesAsync(TcpClient client, TcpClient server, StrongBox isCut)
    {
        try
        {
            var buffer = new byte[64 << 10];
            for (int read; (read = await server.GetStream().ReadAsync(buffer, _end.Token)) > 0 && !isCut.Value;)
                await client.GetStream().WriteAsync(Hide(buffer.AsSpan(0, read)), _end.Token);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // One of the two has gone.
        }
    }

    private byte[] Hide(ReadOnlySpan<byte> reply)
    {
        var text = Encoding.Latin1.GetString(reply).Replace(" STARTTLS", "", StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(_hidden is null ? text : text.Replace($" {_hidden}", "", StringComparison.Ordinal));
    }

    private static bool IsEnd(Exception exception) =>
        exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
