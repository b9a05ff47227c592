using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.FeedbackTests;

/// <summary>A connection to the scripted server.</summary>
internal sealed class ScriptedImapSession(ScriptedImapServer server, TcpClient client)
{
    private readonly object _gate = new();
    private readonly Stream _stream = client.GetStream();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using (client)
        {
            try
            {
                await ConverseAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // One of the two has gone.
            }
        }
    }

    /// <summary>Writes lines, of which each "\n" ends one.</summary>
    public void Tell(string lines)
    {
        var bytes = Encoding.Latin1.GetBytes(lines.ReplaceLineEndings("\r\n") + "\r\n");
        lock (_gate)
            _stream.Write(bytes);
    }

    private async Task ConverseAsync(CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(_stream, Encoding.Latin1, leaveOpen: true);
        Tell($"* OK [CAPABILITY {server.Capabilities}] ready");
        string? idle = null;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line == "DONE")
            {
                if (server.Reply(line, this) is "OK")
                    Tell($"{idle} OK");
                continue;
            }
            var blank = line.IndexOf(' ', StringComparison.Ordinal);
            var (tag, command) = (line[..blank], line[(blank + 1)..]);
            if (command.StartsWith("AUTHENTICATE", StringComparison.Ordinal))
            {
                Tell("+ ");
                command = $"{command} {await reader.ReadLineAsync(cancellationToken)}";
            }
            var reply = server.Reply(command, this);
            if (reply.Length == 0)
                return;
            if (reply == "silent")
                continue;
            if (command == "IDLE" && reply == "OK")
            {
                (idle, reply) = (tag, "+ idling");
                Tell(reply);
                continue;
            }
            // A message has line ends of its own: only the last line gets the tag.
            var last = reply.LastIndexOf('\n') + 1;
            Tell($"{reply[..last]}{tag} {reply[last..]}");
            if (command == "LOGOUT")
                return;
        }
    }
}
