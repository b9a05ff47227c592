using System.Globalization;
using System.Net.Sockets;

namespace SmtpTransport.Soak;

/// <summary>One session of a <see cref="WornServer"/>. Used by one task.</summary>
internal sealed class WornSession
{
    private const int MaxErrors = 4;

    private readonly WornServer _server;
    private readonly WornWire _wire;
    private readonly bool _isFull;
    private readonly Wear _wear;
    private readonly List<string> _recipients = [];
    private int _repliesLeft;
    private int _messagesLeft;
    private int _errors;
    private bool _isGreeted;
    private bool _hasSender;
    private bool _hasEnded;

    public WornSession(WornServer server, Socket socket, bool isFull)
    {
        (_server, _wire, _isFull) = (server, new WornWire(socket), isFull);
        _wear = server.NextWear();
        var byMessages = _wear is Wear.ForgetGreeting or Wear.IdleTimeout;
        _repliesLeft = byMessages ? int.MaxValue : server.Next(60);
        _messagesLeft = byMessages ? server.Next(12) : int.MaxValue;
    }

    public async Task RunAsync()
    {
        try
        {
            if (_isFull)
                await EndAsync("421 4.7.0 Too many connections");
            else
                await ReplyAsync("220 worn.example ESMTP");
            while (!_hasEnded && await _wire.ReadLineAsync() is { } line)
                await ExecuteAsync(line);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client has gone, or the server was disposed.
        }
    }

    private static string Address(string line) =>
        line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

    private async Task ExecuteAsync(string line)
    {
        var verb = line.Split(' ')[0].ToUpperInvariant();
        var isOfTransaction = verb is "MAIL" or "RCPT" or "DATA" or "BDAT";
        // A chunk follows its command, whatever the reply.
        var chunk = verb == "BDAT" ? await _wire.ReadAsync(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)) : null;
        if (verb == "BDAT" && chunk is null)
            return;
        if (verb == "MAIL" && _messagesLeft <= 0 && _wear == Wear.IdleTimeout)
            await EndAsync("451 4.4.2 Timeout waiting for data from client");
        else if (isOfTransaction && !_isGreeted)
            await RefuseAsync("503 5.5.1 EHLO first");
        else
            await (verb switch
            {
                "EHLO" => GreetAsync(),
                "MAIL" => BeginAsync(),
                "RCPT" => AddRecipientAsync(Address(line)),
                "DATA" => TakeDataAsync(),
                "BDAT" => FinishAsync(chunk!),
                "RSET" => ResetAsync(),
                "QUIT" => EndAsync("221 2.0.0 Bye"),
                _ => ReplyAsync("250 2.0.0 Ok"),
            });
    }

    private Task GreetAsync()
    {
        _isGreeted = true;
        return ReplyAsync($"250-worn.example\r\n250-PIPELINING\r\n{(_server.Chunking ? "250-CHUNKING\r\n" : "")}250 ENHANCEDSTATUSCODES");
    }

    private Task BeginAsync()
    {
        _hasSender = true;
        _recipients.Clear();
        return ReplyAsync("250 2.1.0 Ok");
    }

    private Task AddRecipientAsync(string address)
    {
        if (!_hasSender)
            return RefuseAsync("503 5.5.1 MAIL first");
        if (SoakEmail.IsRefused(address))
            return RefuseAsync("550 5.1.1 Unknown");
        _recipients.Add(address);
        return ReplyAsync("250 2.1.5 Ok");
    }

    private Task ResetAsync()
    {
        _hasSender = false;
        _recipients.Clear();
        return ReplyAsync("250 2.0.0 Ok");
    }

    private async Task TakeDataAsync()
    {
        if (_recipients.Count == 0)
        {
            await RefuseAsync("554 5.5.1 No valid recipients");
            return;
        }
        await ReplyAsync("354 Go on");
        if (!_hasEnded && await _wire.ReadToDotAsync() is { } message)
            await FinishAsync(message);
    }

    /// <summary>The end of the message has come.</summary>
    private async Task FinishAsync(byte[] message)
    {
        var isLast = _repliesLeft == 0;
        var isLost = isLast && (_wear is Wear.CloseInstead or Wear.Reset);
        var copy = StoredCopy.Of(message, [.. _recipients]);
        if (isLost)
            _server.LeaveWithoutReply(copy.Number);
        if (_recipients.Count == 0)
        {
            await RefuseAsync("554 5.5.1 No valid recipients");
            return;
        }
        if (!isLast || _wear is Wear.GoodbyeBehind or Wear.CloseBehind || (isLost && _server.Next(2) == 0))
            _server.Store(copy);
        _hasSender = false;
        _recipients.Clear();
        if (--_messagesLeft <= 0 && _wear == Wear.ForgetGreeting)
            _isGreeted = false;
        await ReplyAsync("250 2.0.0 Ok: queued as WORN");
    }

    /// <summary>A refusal counts as an error, and too many of them end the session.</summary>
    private Task RefuseAsync(string reply) =>
        ++_errors > MaxErrors ? EndAsync("421 4.7.0 Too many errors") : ReplyAsync(reply);

    private async Task ReplyAsync(string reply)
    {
        if (_repliesLeft-- != 0)
        {
            await _wire.SendAsync(reply);
            return;
        }
        switch (_wear)
        {
            case Wear.GoodbyeInstead:
                await EndAsync("421 4.3.2 Closing down");
                break;
            case Wear.GoodbyeBehind:
                await EndAsync($"{reply}\r\n421 4.7.0 Too many messages, bye");
                break;
            case Wear.CloseBehind:
                LeaveWithoutReply(await EndAsync(reply));
                break;
            case Wear.CloseInstead:
                LeaveWithoutReply(await EndAsync(null));
                break;
            default:
                _hasEnded = true;
                if (!LeaveWithoutReply(_wire.ReadWhatIsThere()))
                    _server.CountBlindReset();
                _wire.Reset();
                break;
        }
    }

    /// <summary>Closes, and reads what the client still sends, which would else make the system take the last reply back.</summary>
    /// <returns>What was read.</returns>
    private async Task<byte[]> EndAsync(string? reply)
    {
        _hasEnded = true;
        if (reply is not null)
            await _wire.SendAsync(reply);
        return await _wire.CloseAsync();
    }

    /// <summary>The messages that were on their way when the connection ended.</summary>
    /// <returns>Whether the end of one has come.</returns>
    private bool LeaveWithoutReply(byte[] rest)
    {
        var numbers = SoakEmail.ReadEnds(rest);
        foreach (var number in numbers)
            _server.LeaveWithoutReply(number);
        return numbers.Count > 0;
    }
}
