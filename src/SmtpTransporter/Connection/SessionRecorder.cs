using MailKit;

namespace SmtpTransport;

/// <summary>
/// Sees the bytes of one connection as MailKit sends and receives them, and hands each line to those who need it: the tracker of the
/// dialogue, the guard of the replies, the reader of EHLO, the extended log. One for each client; one thread at a time.
/// </summary>
internal sealed class SessionRecorder : IProtocolLogger
{
    private readonly SecretRedactor _secrets;
    private readonly LineBuffer _client = new();
    private readonly LineBuffer _server = new();
    private bool _isAuthenticating;

    public SessionRecorder(TimeProvider time, SessionLog? log, SecretRedactor secrets)
    {
        _secrets = secrets;
        Log = log;
        Tracker = new DialogueTracker(time);
        Guard = new ReplyGuard(Tracker);
    }

    public DialogueTracker Tracker { get; }

    public ReplyGuard Guard { get; }

    public EhloReader Ehlo { get; } = new();

    public SessionLog? Log { get; }

    /// <inheritdoc cref="WireOpener.Via"/>
    public string? Via { get; set; }

    /// <summary>MailKit sets it; it is not needed, because the lines of an authentication are known here.</summary>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>From here on, until <see cref="EndAuthentication"/>, the client's lines hold secrets.</summary>
    public void BeginAuthentication()
    {
        _isAuthenticating = true;
        Guard.BeginAuthentication();
    }

    public void EndAuthentication()
    {
        _isAuthenticating = false;
        Guard.EndAuthentication();
    }

    public void LogConnect(Uri uri)
    {
        Tracker.EnterStep(DialogueStep.Greeting);
        Log?.Write($"Connected to {uri.Host}:{uri.Port}{(Via is null ? "" : $" {Via}")}, {(uri.Scheme == "smtps" ? "TLS" : "no TLS yet")}");
    }

    public void LogClient(byte[] buffer, int offset, int count) =>
        _client.Add(buffer.AsSpan(offset, count), ReadCommand, whole: Log is not null);

    public void LogServer(byte[] buffer, int offset, int count)
    {
        var bytes = buffer.AsSpan(offset, count);
        _server.Add(bytes, ReadReply, whole: Log is not null);
        Guard.CheckReceived(bytes);
    }

    public void Dispose()
    {
    }

    private void ReadCommand(string line)
    {
        Guard.CountCommand();
        if (_isAuthenticating)
        {
            // The mechanism may be shown; what follows it, and every further line of the authentication, may not.
            var words = line.Split(' ', 3);
            _secrets.AddReply(words is ["AUTH", _, var initial] ? initial : line);
            Log?.WriteSent(words is ["AUTH", var mechanism, ..] ? $"AUTH {mechanism}{(words.Length > 2 ? " ***" : "")}" : "***");
            return;
        }
        Log?.WriteSent(line);
        Ehlo.ReadCommand(line);
        if (StepOf(line) is { } step)
            Tracker.EnterStep(step);
    }

    private void ReadReply(string line)
    {
        Tracker.LastServerLine = line;
        Log?.WriteReceived(line);
        Guard.CheckLine(line);
        if (Tracker.Step == DialogueStep.Greeting)
            Ehlo.ReadGreeting(line);
        if (Tracker.Step == DialogueStep.Hello)
            Ehlo.ReadReply(line);
    }

    private static DialogueStep? StepOf(string line) => (line.Length >= 4 ? line[..4] : line) switch
    {
        "EHLO" or "HELO" => DialogueStep.Hello,
        "STAR" => DialogueStep.StartTls,
        "QUIT" => DialogueStep.Quit,
        _ => null,
    };
}
