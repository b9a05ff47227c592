using System.Globalization;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// Listens to one connection's bytes, as MailKit has sent and received them: knows the step of the dialogue, what EHLO offered, whether the
/// last byte of a message was sent, and writes the extended log. One for each client; one thread at a time.
/// </summary>
internal sealed class SessionRecorder(TimeProvider time, SessionLog? log, SecretRedactor secrets) : IProtocolLogger
{
    private const int LongestLine = 4096;

    // SCRAM and NTLM need three; a server that asks on and on shall not hold the caller until the time is up.
    private const int MostChallenges = 16;

    // Servers use 4,096 to some 100,000; a million takes about a second.
    private const int MostIterations = 1_000_000;

    private readonly List<byte> _client = [];
    private readonly List<byte> _server = [];
    private readonly List<string> _capabilities = [];
    private readonly Dictionary<DialogueStep, TimeSpan> _times = [];
    private long _entered;
    private bool _login;
    private int _challenges;
    private bool _ehloReply;
    // What was asked so far, the greeting included, and what was answered.
    private int _asked = 1;
    private int _answered;
    private int _linesInReply;
    private int _lengthOfLine;

    public DialogueStep Step { get; private set; }

    /// <summary>What the last EHLO offered, its first line left out.</summary>
    public IReadOnlyList<string> Capabilities => _capabilities;

    /// <summary>The last line that the server sent.</summary>
    public string LastServerLine { get; private set; } = "";

    /// <summary>The last challenge of the login, in base64 as it came; null where there was none.</summary>
    public string? LastChallenge { get; private set; }

    /// <summary>Set by MailKit, and not needed: the lines of a login are known here.</summary>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Whether the server is Exchange, which mishandles some messages in chunks.</summary>
    public bool IsExchange { get; private set; }

    /// <summary>
    /// True where the server has said nothing beyond the answers to what it was asked. What it says unasked must never be taken for the
    /// answer to the next command; behind the reply to STARTTLS it is not covered by TLS, and anyone may have written it.
    /// </summary>
    public bool IsInStep => _answered <= _asked && _lengthOfLine == 0;

    public TimeSpan TimeIn(DialogueStep step) => _times.GetValueOrDefault(step);

    public void EnterStep(DialogueStep step)
    {
        var now = time.GetTimestamp();
        if (Step != DialogueStep.None)
            _times[Step] = TimeIn(Step) + time.GetElapsedTime(_entered, now);
        (Step, _entered) = (step, now);
    }

    /// <summary>A step of a mail: its time is not kept.</summary>
    public void SetStep(DialogueStep step) => Step = step;

    /// <summary>What was written once the connection is logged in.</summary>
    public void Sent(ReadOnlySpan<byte> bytes)
    {
        if (log is not null)
            Split(_client, bytes, line => log.Write($"C > {line}"), whole: true);
    }

    /// <summary>A line of a reply to it.</summary>
    public void Received(ReadOnlySpan<byte> line) => log?.Write($"S < {secrets.Redact(Encoding.UTF8.GetString(line))}");

    /// <summary>Counts the time of the step that is under way.</summary>
    public void CompleteStep()
    {
        var now = time.GetTimestamp();
        _times[Step] = TimeIn(Step) + time.GetElapsedTime(_entered, now);
        _entered = now;
    }

    /// <summary>The iteration count of a SCRAM challenge, which costs the client as much time as the server likes; 0 where there is none.</summary>
    private static long IterationsOf(string challenge)
    {
        var bytes = new byte[challenge.Length];
        if (!Convert.TryFromBase64String(challenge, bytes, out var length))
            return 0;
        var count = Encoding.UTF8.GetString(bytes, 0, length).Split(',').FirstOrDefault(part => part.StartsWith("i=", StringComparison.Ordinal));
        return count is null ? 0 : long.TryParse(count.AsSpan(2), out var iterations) ? iterations : long.MaxValue;
    }

    private SendFailureException Refused(string message) =>
        new(SmtpErrorCodes.ProtocolError, Step is DialogueStep.StartTls or DialogueStep.TlsHandshake ? "tls" : "smtp", message);

    /// <summary>True while a login's secrets are on the line.</summary>
    public void BeginLogin() => (_login, _challenges, LastChallenge) = (true, 0, null);

    public void EndLogin() => _login = false;

    public void LogConnect(Uri uri)
    {
        EnterStep(DialogueStep.Greeting);
        log?.Write($"Connected to {uri.Host}:{uri.Port}, {(uri.Scheme == "smtps" ? "TLS" : "no TLS yet")}");
    }

    public void LogClient(byte[] buffer, int offset, int count)
    {
        var bytes = buffer.AsSpan(offset, count);
        Split(_client, bytes, ClientLine, whole: log is not null);
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        var bytes = buffer.AsSpan(offset, count);
        Split(_server, bytes, ServerLine, whole: log is not null);
        _lengthOfLine = bytes.LastIndexOf((byte)'\n') is var end and >= 0 ? count - end - 1 : _lengthOfLine + count;
        if (_lengthOfLine > SmtpChannel.LongestLine)
            throw Refused($"The server sent a line of more than {SmtpChannel.LongestLine} octets.");
        if (_answered > _asked)
            throw Refused($"The server sent more than the reply to {Step.ToString().ToUpperInvariant()}: nothing of it is used.");
    }

    public void Close(string how) => log?.Write(how);

    public void Dispose()
    {
    }

    private static void Split(List<byte> pending, ReadOnlySpan<byte> bytes, Action<string> line, bool whole)
    {
        while (bytes.Length > 0)
        {
            var end = bytes.IndexOf((byte)'\n');
            var piece = end < 0 ? bytes : bytes[..end];
            if (whole || pending.Count < LongestLine)
                pending.AddRange(piece);
            if (end < 0)
                return;
            Flush(pending, line);
            bytes = bytes[(end + 1)..];
        }
    }

    private static void Flush(List<byte> pending, Action<string> line)
    {
        var text = Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending));
        pending.Clear();
        line(text.EndsWith('\r') ? text[..^1] : text);
    }

    private void ClientLine(string line)
    {
        if (_login)
        {
            // The mechanism may be shown; what follows it, and every further line of the login, may not.
            var words = line.Split(' ', 3);
            _asked++;
            secrets.AddReply(words is ["AUTH", _, var initial] ? initial : line);
            log?.Write(words is ["AUTH", var mechanism, ..] ? $"C > AUTH {mechanism}{(words.Length > 2 ? " ***" : "")}" : "C > ***");
            return;
        }
        log?.Write($"C > {line}");
        _asked++;
        if (Command(line) is { } step)
            EnterStep(step);
    }

    private DialogueStep? Command(string line)
    {
        var verb = line.Length >= 4 ? line[..4] : line;
        _ehloReply = verb is "EHLO";
        if (verb is "EHLO" or "HELO")
            _capabilities.Clear();
        return verb switch
        {
            "EHLO" or "HELO" => DialogueStep.Hello,
            "STAR" => DialogueStep.StartTls,
            "QUIT" => DialogueStep.Quit,
            _ => null,
        };
    }

    private void ServerLine(string line)
    {
        LastServerLine = line;
        log?.Write($"S < {secrets.Redact(line)}");
        if (line.Length > SmtpChannel.LongestLine || ++_linesInReply > SmtpChannel.MostLines)
            throw Refused($"The server sent a reply of more than {SmtpChannel.MostLines} lines, or a line of more than {SmtpChannel.LongestLine} octets.");
        if (line.Length < 4 || line[3] != '-')
        {
            _linesInReply = 0;
            _answered++;
        }
        if (Step == DialogueStep.Greeting)
            IsExchange = line.Contains("Microsoft", StringComparison.OrdinalIgnoreCase);
        if (_login && line.StartsWith("334 ", StringComparison.Ordinal))
            LastChallenge = line[4..];
        if (_login && LastChallenge is not null && IterationsOf(LastChallenge) > MostIterations)
            throw new SendFailureException(SmtpErrorCodes.ProtocolError, "auth", $"The server demands more than {MostIterations} iterations (SCRAM, RFC 5802).");
        if (_login && line.StartsWith("334", StringComparison.Ordinal) && ++_challenges > MostChallenges)
            throw new SendFailureException(SmtpErrorCodes.ProtocolError, "auth", $"The login was given up after {MostChallenges} challenges of the server.");
        if (_ehloReply && Step == DialogueStep.Hello)
            HelloLine(line);
    }

    // MailKit goes on with HELO whatever EHLO is answered; only 5yz says that the server does not know it (RFC 5321, section 4.1.4).
    private void HelloLine(string line)
    {
        if (line.StartsWith("250", StringComparison.Ordinal))
        {
            if (line.Length > 4)
                _capabilities.Add(Reply.Plain(line[4..]));
            return;
        }
        var code = line.Length >= 3 && int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        if (code is >= 400 and < 500)
            throw new SmtpCommandException(SmtpErrorCode.UnexpectedStatusCode, (SmtpStatusCode)code, line.Length > 4 ? line[4..] : "");
        if (code is not (>= 500 and < 600))
            throw Refused($"The server answered EHLO with \"{new Reply(0, line.Length > 80 ? line[..80] : line).Text}\", which means nothing there.");
    }

    /// <summary>The first line of the EHLO reply is the server's name, and no extension.</summary>
    public IReadOnlyList<string> Extensions => [.. _capabilities.Skip(1)];
}
