using System.Text;

namespace SmtpTransport;

/// <summary>
/// Bounds what a server may send while MailKit reads it: the length of lines and replies, the number of challenges and the cost of one, and
/// no reply that nobody asked for. One thread at a time.
/// </summary>
internal sealed class ReplyGuard(DialogueTracker tracker)
{
    // SCRAM and NTLM need three; a server that challenges without end shall not hold the caller until the time is up.
    private const int MaxChallenges = 16;

    // Servers use 4,096 to some 100,000; a million takes about a second.
    private const int MaxIterations = 1_000_000;

    // Commands and answers so far. The greeting counts as asked for.
    private int _asked = 1;
    private int _answered;
    private int _linesInReply;
    private int _lengthOfLine;
    private bool _isAuthenticating;
    private int _challenges;

    /// <summary>
    /// True if the server has sent nothing beyond the answers to the commands. What it sends unasked must never be taken for the answer to
    /// the next command; behind the reply to STARTTLS it is not covered by TLS, and anyone may have written it.
    /// </summary>
    public bool IsInStep => _answered <= _asked && _lengthOfLine == 0;

    /// <summary>The last challenge of the authentication, in base64 as it came; null if there was none.</summary>
    public string? LastChallenge { get; private set; }

    private bool IsBeforeTls => tracker.Step is DialogueStep.StartTls or DialogueStep.TlsHandshake;

    public void BeginAuthentication() => (_isAuthenticating, _challenges, LastChallenge) = (true, 0, null);

    public void EndAuthentication() => _isAuthenticating = false;

    public void CountCommand() => _asked++;

    /// <exception cref="SendFailureException">The line, its reply or the challenge in it is beyond the limits.</exception>
    public void CheckLine(string line)
    {
        if (line.Length > SmtpChannel.MaxLineLength || ++_linesInReply > SmtpChannel.MaxLines)
        {
            throw Violation(
                $"The server sent a reply of more than {SmtpChannel.MaxLines} lines, or a line of more than "
                + $"{SmtpChannel.MaxLineLength} bytes.");
        }
        if (line.Length < 4 || line[3] != '-')
        {
            _linesInReply = 0;
            _answered++;
        }
        if (_isAuthenticating && line.StartsWith("334", StringComparison.Ordinal))
            CheckChallenge(line);
    }

    /// <summary>Called behind the lines of what was received at once.</summary>
    /// <exception cref="SendFailureException">The line that is not at its end is too long, or the server sent a reply that nobody asked
    /// for.</exception>
    /// <exception cref="ServerRefusedException">That reply is 421: the server closes (RFC 5321, section 3.8).</exception>
    public void CheckReceived(ReadOnlySpan<byte> bytes)
    {
        _lengthOfLine = bytes.LastIndexOf((byte)'\n') is var end and >= 0 ? bytes.Length - end - 1 : _lengthOfLine + bytes.Length;
        if (_lengthOfLine > SmtpChannel.MaxLineLength)
            throw Violation($"The server sent a line of more than {SmtpChannel.MaxLineLength} bytes.");
        if (_answered <= _asked)
            return;
        // Behind the reply to STARTTLS, anyone may have written it.
        throw tracker.ClosingNotice is { } notice && !IsBeforeTls
            ? new ServerRefusedException(notice)
            : Violation($"The server sent more than the reply to {tracker.Step.ToString().ToUpperInvariant():own}: nothing of it is used.");
    }

    private void CheckChallenge(string line)
    {
        if (line.StartsWith("334 ", StringComparison.Ordinal))
            LastChallenge = line[4..];
        if (LastChallenge is not null && IterationsOf(LastChallenge) > MaxIterations)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth", $"The server demands more than {MaxIterations} iterations (SCRAM, RFC 5802).");
        }
        if (++_challenges > MaxChallenges)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth", $"The authentication was given up after {MaxChallenges} challenges of the server.");
        }
    }

    /// <summary>
    /// The iteration count of a SCRAM challenge, which costs the client as much time as the server likes; 0 if it has none.
    /// </summary>
    private static long IterationsOf(string challenge)
    {
        var bytes = new byte[challenge.Length];
        if (!Convert.TryFromBase64String(challenge, bytes, out var length))
            return 0;
        var count = Encoding.UTF8.GetString(bytes, 0, length).Split(',').FirstOrDefault(
            part => part.StartsWith("i=", StringComparison.Ordinal));
        return count is null ? 0 : long.TryParse(count.AsSpan(2), out var iterations) ? iterations : long.MaxValue;
    }

    private SendFailureException Violation(ErrorText message) =>
        new(SmtpErrorCodes.ProtocolError, IsBeforeTls ? "tls" : "smtp", message);
}
