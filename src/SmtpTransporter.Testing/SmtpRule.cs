using System.Globalization;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>One rule of a <see cref="SmtpScript"/>: optionally <see cref="Times"/> and <see cref="After"/>, and one action.</summary>
/// <remarks>
/// <para>Each action returns the rule, so that a test can wait for <see cref="Reached"/> instead of sleeping. A later action replaces an
/// earlier one.</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
public sealed class SmtpRule
{
    private readonly object _gate = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _containing;
    private ScriptAction? _action;
    private int _times = int.MaxValue;
    private int _after;
    private int _matches;
    private int _hits;

    internal SmtpRule(SmtpStep step, string? containing)
    {
        Step = step;
        _containing = containing;
    }

    /// <summary>The step to which the rule applies.</summary>
    public SmtpStep Step { get; }

    /// <summary>A task that completes when the rule is hit for the first time, before its action is played.</summary>
    public Task Reached => _reached.Task;

    /// <summary>The number of times that the rule was hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal ScriptAction Action => _action ?? throw new InvalidOperationException("A rule without an action is never played.");

    /// <summary>Limits how often the rule is played. Default: no limit.</summary>
    /// <param name="times">The number of times, at least 1.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is less than 1.</exception>
    public SmtpRule Times(int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        lock (_gate)
            _times = times;
        return this;
    }

    /// <summary>Skips the first matches. Default: 0.</summary>
    /// <param name="matches">The number of matches to skip, at least 0.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="matches"/> is negative.</exception>
    public SmtpRule After(int matches)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(matches);
        lock (_gate)
            _after = matches;
        return this;
    }

    /// <summary>Replies with one line.</summary>
    /// <remarks>The text is sent unchanged: write an enhanced status code (RFC 3463) into it if one is wanted.</remarks>
    /// <param name="code">The reply code, 0 to 999, sent as three digits; codes such as 199 or 999 are allowed.</param>
    /// <param name="text">The text after the code.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="code"/> is not between 0 and 999.</exception>
    public SmtpRule Reply(int code, string text) => Set(new(ScriptVerb.Reply) { Bytes = Format(code, text) });

    /// <summary>Replies with several lines (RFC 5321, section 4.2.1).</summary>
    /// <param name="code">The reply code, 0 to 999, sent as three digits.</param>
    /// <param name="lines">The texts after the code, at least one.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="code"/> is not between 0 and 999, or <paramref name="lines"/> is empty.
    /// </exception>
    public SmtpRule ReplyLines(int code, params string[] lines) => Set(new(ScriptVerb.Reply) { Bytes = Format(code, lines) });

    /// <summary>Replies with any bytes: garbage, no CRLF, several replies at once.</summary>
    /// <remarks>If the bytes begin with three digits, the server continues as after a reply with that code.</remarks>
    /// <param name="bytes">The bytes; the array is not copied.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="bytes"/> is null.</exception>
    public SmtpRule ReplyRaw(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Set(new(ScriptVerb.Reply) { Bytes = bytes });
    }

    /// <summary>Replies with any text, see <see cref="ReplyRaw(byte[])"/>.</summary>
    /// <param name="text">The text, sent in UTF-8; no CRLF is added.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public SmtpRule ReplyRaw(string text) => ReplyRaw(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends any text and then cuts the connection off: a truncated reply.</summary>
    /// <remarks>The connection ends with a FIN, and under TLS without a close_notify.</remarks>
    /// <param name="text">The text, sent in UTF-8; no CRLF is added.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public SmtpRule ReplyRawAndClose(string text) => Set(new(ScriptVerb.CutOff) { Bytes = Encoding.UTF8.GetBytes(text) });

    /// <summary>Replies with one line, such as a 421, and closes the connection in order.</summary>
    /// <param name="code">The reply code, 0 to 999, sent as three digits.</param>
    /// <param name="text">The text after the code.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="code"/> is not between 0 and 999.</exception>
    public SmtpRule ReplyAndClose(int code, string text) => Set(new(ScriptVerb.ReplyAndClose) { Bytes = Format(code, text) });

    /// <summary>Never replies, until the client closes the connection or the server is disposed.</summary>
    /// <remarks>At <see cref="SmtpStep.Body"/> it is <see cref="HangAfterBytes"/> with 1.</remarks>
    /// <returns>The rule.</returns>
    public SmtpRule Hang() => Set(new(ScriptVerb.Hang) { AfterBytes = 1 });

    /// <summary>Sends the normal reply one byte at a time.</summary>
    /// <remarks>At <see cref="SmtpStep.TlsHandshake"/> it sends the server's side of the handshake like that.</remarks>
    /// <param name="interval">The time between two bytes.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="InvalidOperationException">The server sends no reply at this step.</exception>
    public SmtpRule Drip(TimeSpan interval)
    {
        if (Step is SmtpStep.Body or SmtpStep.Idle)
            throw new InvalidOperationException($"The server sends no reply at {Step}. Use DripReply.");
        return Set(new(ScriptVerb.Drip) { Interval = interval });
    }

    /// <summary>Sends a reply of one line, one byte at a time.</summary>
    /// <param name="interval">The time between two bytes.</param>
    /// <param name="code">The reply code, 0 to 999, sent as three digits.</param>
    /// <param name="text">The text after the code.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="code"/> is not between 0 and 999.</exception>
    public SmtpRule DripReply(TimeSpan interval, int code, string text) =>
        Set(new(ScriptVerb.Drip) { Interval = interval, Bytes = Format(code, text) });

    /// <summary>Closes the connection in order (close_notify under TLS, FIN) without a reply.</summary>
    /// <returns>The rule.</returns>
    public SmtpRule Close() => Set(new(ScriptVerb.Close) { AfterBytes = 1 });

    /// <summary>Resets the connection (RST) without a reply.</summary>
    /// <returns>The rule.</returns>
    public SmtpRule Reset() => Set(new(ScriptVerb.Reset) { AfterBytes = 1 });

    /// <summary>Waits until the task completes, fails or is canceled, and then continues normally.</summary>
    /// <param name="gate">The task, for instance of a <see cref="TaskCompletionSource"/>.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="gate"/> is null.</exception>
    public SmtpRule WaitFor(Task gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return Set(new(ScriptVerb.WaitFor) { Gate = gate, AfterBytes = 1 });
    }

    /// <summary>Calls the test back on the session's task, and then continues normally.</summary>
    /// <remarks>An exception of the callback closes the connection and is written to <see cref="SmtpTestSession.Transcript"/>.</remarks>
    /// <param name="callback">The callback.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is null.</exception>
    public SmtpRule Do(Action<SmtpTestSession> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Set(new(ScriptVerb.Do) { Callback = callback, AfterBytes = 1 });
    }

    /// <summary>Closes the connection in order after a number of bytes of the message. For <see cref="SmtpStep.Body"/> only.</summary>
    /// <param name="bytes">The number of bytes on the wire, at least 0; 0 is right after the 354.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The rule is for another step.</exception>
    public SmtpRule CloseAfterBytes(long bytes) => SetForBody(ScriptVerb.Close, bytes);

    /// <summary>Resets the connection after a number of bytes of the message. For <see cref="SmtpStep.Body"/> only.</summary>
    /// <param name="bytes">The number of bytes on the wire, at least 0; 0 is right after the 354.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The rule is for another step.</exception>
    public SmtpRule ResetAfterBytes(long bytes) => SetForBody(ScriptVerb.Reset, bytes);

    /// <summary>Stops reading after a number of bytes of the message. For <see cref="SmtpStep.Body"/> only.</summary>
    /// <remarks>
    /// A client with a large message is stuck in the middle of it. Because nothing is read, the session ends only when the server is
    /// disposed.
    /// </remarks>
    /// <param name="bytes">The number of bytes on the wire, at least 0; 0 is right after the 354.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The rule is for another step.</exception>
    public SmtpRule HangAfterBytes(long bytes) => SetForBody(ScriptVerb.Hang, bytes);

    internal bool Matches(string line, Transaction? transaction) =>
        _containing is null || line.Contains(_containing, StringComparison.OrdinalIgnoreCase)
        || (transaction is not null && transaction.Lines.Exists(l => l.Contains(_containing, StringComparison.OrdinalIgnoreCase)));

    internal bool TryTake()
    {
        lock (_gate)
        {
            var match = _matches++;
            if (match < _after || match - _after >= _times)
                return false;
            if (_action is not null)
                return true;
        }
        Hit();
        return false;
    }

    internal void Hit()
    {
        Interlocked.Increment(ref _hits);
        _reached.TrySetResult();
    }

    private SmtpRule SetForBody(ScriptVerb verb, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return Step == SmtpStep.Body
            ? Set(new(verb) { AfterBytes = bytes })
            : throw new InvalidOperationException($"Bytes are counted at {SmtpStep.Body} only, but the rule is for {Step}.");
    }

    private SmtpRule Set(ScriptAction action)
    {
        lock (_gate)
        {
            // Matches that occur before the rule is complete must not count.
            _action = Step == SmtpStep.Body && action.Bytes is not null ? action with { AfterBytes = 1 } : action;
            _matches = 0;
        }
        return this;
    }

    private static byte[] Format(int code, params string[] lines)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(code, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, 999);
        ArgumentOutOfRangeException.ThrowIfZero(lines.Length);
        var text = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{code:000}{(i < lines.Length - 1 ? '-' : ' ')}{lines[i]}\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
