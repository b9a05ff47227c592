using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace SmtpTransport.FeedbackTests;

/// <summary>
/// A server of IMAP with one folder and a second one to move to, as far as a mailbox is read. It tells of every command, and what it can do
/// and refuses is settable.
/// </summary>
internal sealed class ScriptedImapServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<string> _commands = Channel.CreateUnbounded<string>();
    private readonly object _gate = new();
    private readonly List<ScriptedMessage> _messages = [];
    private readonly Task _accepting;
    private ScriptedImapSession? _idle;
    private uint _next = 1;

    public ScriptedImapServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Capabilities { get; set; } = "IMAP4rev1 IDLE UIDPLUS MOVE AUTH=PLAIN";

    public string PermanentFlags { get; set; } = @"\Seen \Deleted \*";

    public uint Validity { get; set; } = 7;

    /// <summary>
    /// What is answered to a command in the place of the usual answer: lines without the tag, "" to end the connection, "silent" for
    /// none; null for the usual.
    /// </summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    /// <summary>The commands without their tags, in the order in which they came.</summary>
    public List<string> Seen { get; } = [];

    /// <summary>What was moved or copied.</summary>
    public List<uint> Moved { get; } = [];

    public void Deliver(byte[] content)
    {
        lock (_gate)
        {
            // On the wire, lines end with both characters.
            var lines = Encoding.Latin1.GetString(content).ReplaceLineEndings("\r\n");
            _messages.Add(new ScriptedMessage(_next++, Encoding.Latin1.GetBytes(lines)));
            _idle?.Tell($"* {_messages.Count} EXISTS");
        }
    }

    /// <summary>Puts a message in the place of one that goes, and tells of both at once.</summary>
    public void Replace(int at, byte[] content)
    {
        lock (_gate)
        {
            _messages.RemoveAt(at);
            _messages.Add(new ScriptedMessage(_next++, content));
            _idle?.Tell($"* {at + 1} EXPUNGE\n* {_messages.Count} EXISTS");
        }
    }

    /// <summary>Waits for the next command that begins with a word.</summary>
    public async Task<string> WaitForAsync(string command, CancellationToken cancellationToken)
    {
        await foreach (var seen in _commands.Reader.ReadAllAsync(cancellationToken))
        {
            if (seen.StartsWith(command, StringComparison.Ordinal))
                return seen;
        }
        throw new InvalidOperationException("The server has ended.");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    /// <summary>The lines that answer a command, without the tag of the last one; "" ends the connection.</summary>
    public string Reply(string command, ScriptedImapSession session)
    {
        lock (_gate)
        {
            if (command != "DONE")
                Seen.Add(command);
            var answer = Answer(command);
            if (command is "IDLE" or "DONE")
                _idle = command == "IDLE" ? session : null;
            _commands.Writer.TryWrite(command);
            return answer ?? Usual(command);
        }
    }

    private string Usual(string command)
    {
        var words = command.Split(' ');
        return words[0] switch
        {
            "CAPABILITY" => $"* CAPABILITY {Capabilities}\nOK",
            "LIST" => List(words[2].Trim('"')),
            "SELECT" or "EXAMINE" =>
                $"* {_messages.Count} EXISTS\n* FLAGS (\\Seen \\Deleted)\n* OK [PERMANENTFLAGS ({PermanentFlags})]\n"
                + $"* OK [UIDVALIDITY {Validity}]\n* OK [UIDNEXT {_next}]\n"
                + $"OK [{(words[0] == "SELECT" ? "READ-WRITE" : "READ-ONLY")}]",
            "NOOP" => $"* {_messages.Count} EXISTS\nOK",
            "UID" => Uid(words, command),
            // Without UIDPLUS, MailKit asks for the place of a message, and copies by it.
            "SEARCH" => $"* SEARCH {PlaceOf(words[2]) + 1}\nOK",
            "COPY" => Copy(int.Parse(words[1], CultureInfo.InvariantCulture) - 1),
            "LOGOUT" => "* BYE\nOK",
            _ => "OK",
        };
    }

    private static string List(string name) => name switch
    {
        "" => "* LIST (\\Noselect) \"/\" \"\"\nOK",
        "INBOX" or "Done" => $"* LIST () \"/\" \"{name}\"\nOK",
        _ => "OK",
    };

    private string Uid(string[] words, string command)
    {
        if (words[1] == "SEARCH")
        {
            var found = _messages.Where(m => m.Matches(command)).Select(m => $" {m.Uid}");
            return $"* SEARCH{string.Concat(found)}\nOK";
        }
        var at = PlaceOf(words[2]);
        if (at < 0)
            return "OK";
        switch (words[1])
        {
            case "FETCH":
                var text = Encoding.Latin1.GetString(_messages[at].Content);
                return $"* {at + 1} FETCH (UID {_messages[at].Uid} BODY[]<0> {{{text.Length}}}\n{text})\nOK";
            case "STORE":
                _messages[at].Flags.UnionWith(command[(command.IndexOf('(', StringComparison.Ordinal) + 1)..].TrimEnd(')').Split(' '));
                return "OK";
            case "COPY":
                return Copy(at);
            case "MOVE":
                Copy(at);
                break;
        }
        _messages.RemoveAt(at);
        return $"* {at + 1} EXPUNGE\nOK";
    }

    private int PlaceOf(string uid) => _messages.FindIndex(m => m.Uid == uint.Parse(uid, CultureInfo.InvariantCulture));

    private string Copy(int at)
    {
        Moved.Add(_messages[at].Uid);
        return "OK";
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(new ScriptedImapSession(this, await _listener.AcceptTcpClientAsync(_end.Token)).RunAsync(_end.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }
}
