using System.Globalization;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>
/// One rule of a <see cref="SmtpScript"/>: first, if wanted, <see cref="Times"/> and <see cref="After"/>, then one action. Each action
/// returns the rule, so that a test can wait for <see cref="Reached"/> instead of sleeping. Thread-safe.
/// </summary>
public sealed class SmtpRule
{
    private readonly object _lock = new();
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

    /// <summary>Where the rule applies.</summary>
    public SmtpStep Step { get; }

    /// <summary>Completes when the rule is hit for the first time, before its action is played.</summary>
    public Task Reached => _reached.Task;

    /// <summary>How often the rule was hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal ScriptAction Action => _action ?? throw new InvalidOperationException("A rule without an action is never played.");

    /// <summary>Uses the rule so many times, then no more. Default: for ever.</summary>
    /// <param name="times">At least 1.</param>
    /// <returns>The rule.</returns>
    public SmtpRule Times(int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        lock (_lock) _times = times;
        return this;
    }

    /// <summary>Lets the first matches pass. Default: 0.</summary>
    /// <param name="matches">At least 0.</param>
    /// <returns>The rule.</returns>
    public SmtpRule After(int matches)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(matches);
        lock (_lock) _after = matches;
        return this;
    }

    /// <summary>Answers with one line. The text is sent as it stands: write an enhanced status code into it if one is wanted.</summary>
    /// <param name="code">Three digits; nonsense such as 199 or 999 is allowed.</param>
    /// <param name="text">The text after the code.</param>
    /// <returns>The rule.</returns>
    public SmtpRule Reply(int code, string text) => Set(new(ScriptVerb.Reply) { Bytes = Format(code, text) });

    /// <summary>Answers with a reply of several lines.</summary>
    /// <param name="code">Three digits.</param>
    /// <param name="lines">The texts after the code, at least one.</param>
    /// <returns>The rule.</returns>
    public SmtpRule ReplyLines(int code, params string[] lines) => Set(new(ScriptVerb.Reply) { Bytes = Format(code, lines) });

    /// <summary>Answers with any bytes: garbage, no CRLF, several replies at once. If they begin with three digits, the server goes on
    /// as after that code.</summary>
    /// <param name="bytes">The bytes; not copied.</param>
    /// <returns>The rule.</returns>
    public SmtpRule ReplyRaw(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Set(new(ScriptVerb.Reply) { Bytes = bytes });
    }

    /// <summary>As <see cref="ReplyRaw(byte[])"/>, with the text in UTF-8. No CRLF is added.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The rule.</returns>
    public SmtpRule ReplyRaw(string text) => ReplyRaw(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends any bytes, then cuts the connection off with a FIN and, under TLS, no close_notify: a truncated reply.</summary>
    /// <param name="text">The text, sent in UTF-8. No CRLF is added.</param>
    /// <returns>The rule.</returns>
    public SmtpRule ReplyRawAndClose(string text) => Set(new(ScriptVerb.CutOff) { Bytes = Encoding.UTF8.GetBytes(text) });

    /// <summary>Answers with one line, such as a 421, and closes the connection in order.</summary>
    /// <param name="code">Three digits.</param>
    /// <param name="text">The text after the code.</param>
    /// <returns>The rule.</returns>
    public SmtpRule ReplyAndClose(int code, string text) => Set(new(ScriptVerb.ReplyAndClose) { Bytes = Format(code, text) });

    /// <summary>Never answers, until the client closes the connection or the server is disposed. At <see cref="SmtpStep.Body"/> it is
    /// <see cref="HangAfterBytes"/> with 1.</summary>
    /// <returns>The rule.</returns>
    public SmtpRule Hang() => Set(new(ScriptVerb.Hang) { AfterBytes = 1 });

    /// <summary>Sends the normal reply one byte at a time; at <see cref="SmtpStep.TlsHandshake"/>, the server's part of the
    /// handshake.</summary>
    /// <param name="interval">The time between two bytes.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="InvalidOperationException">There is no reply at this step.</exception>
    public SmtpRule Drip(TimeSpan interval)
    {
        if (Step is SmtpStep.Body or SmtpStep.Idle)
            throw new InvalidOperationException($"There is no reply at {Step}. Use DripReply.");
        return Set(new(ScriptVerb.Drip) { Interval = interval });
    }

    /// <summary>Sends a reply of one line, one byte at a time.</summary>
    /// <param name="interval">The time between two bytes.</param>
    /// <param name="code">Three digits.</param>
    /// <param name="text">The text after the code.</param>
    /// <returns>The rule.</returns>
    public SmtpRule DripReply(TimeSpan interval, int code, string text)
        => Set(new(ScriptVerb.Drip) { Interval = interval, Bytes = Format(code, text) });

    /// <summary>Closes the connection in order (close_notify under TLS, FIN) without a reply.</summary>
    /// <returns>The rule.</returns>
    public SmtpRule Close() => Set(new(ScriptVerb.Close) { AfterBytes = 1 });

    /// <summary>Resets the connection (RST) without a reply.</summary>
    /// <returns>The rule.</returns>
    public SmtpRule Reset() => Set(new(ScriptVerb.Reset) { AfterBytes = 1 });

    /// <summary>Waits for the task, whatever becomes of it, and then goes on as usual.</summary>
    /// <param name="gate">The task, for instance of a <see cref="TaskCompletionSource"/>.</param>
    /// <returns>The rule.</returns>
    public SmtpRule WaitFor(Task gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return Set(new(ScriptVerb.WaitFor) { Gate = gate, AfterBytes = 1 });
    }

    /// <summary>Calls back, on the session's task, and then goes on as usual. An exception of the callback ends the session.</summary>
    /// <param name="callback">What to do.</param>
    /// <returns>The rule.</returns>
    public SmtpRule Do(Action<SmtpTestSession> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Set(new(ScriptVerb.Do) { Callback = callback, AfterBytes = 1 });
    }

    /// <summary>Closes the connection in order after so many bytes of the message. For <see cref="SmtpStep.Body"/> only.</summary>
    /// <param name="bytes">Bytes on the wire; 0: right after the 354.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="InvalidOperationException">The step is another one.</exception>
    public SmtpRule CloseAfterBytes(long bytes) => SetForBody(ScriptVerb.Close, bytes);

    /// <summary>Resets the connection after so many bytes of the message. For <see cref="SmtpStep.Body"/> only.</summary>
    /// <param name="bytes">Bytes on the wire; 0: right after the 354.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="InvalidOperationException">The step is another one.</exception>
    public SmtpRule ResetAfterBytes(long bytes) => SetForBody(ScriptVerb.Reset, bytes);

    /// <summary>
    /// Stops reading after so many bytes of the message, so that a client with much to send is stuck in the middle. For
    /// <see cref="SmtpStep.Body"/> only. As nothing is read, the session ends only when the server is disposed.
    /// </summary>
    /// <param name="bytes">Bytes on the wire; 0: right after the 354.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="InvalidOperationException">The step is another one.</exception>
    public SmtpRule HangAfterBytes(long bytes) => SetForBody(ScriptVerb.Hang, bytes);

    internal bool Matches(string line, Transaction? transaction)
        => _containing is null || line.Contains(_containing, StringComparison.OrdinalIgnoreCase)
            || (transaction is not null && transaction.Lines.Exists(l => l.Contains(_containing, StringComparison.OrdinalIgnoreCase)));

    internal bool TryTake()
    {
        lock (_lock)
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
            : throw new InvalidOperationException($"Bytes are counted at {SmtpStep.Body} only, not at {Step}.");
    }

    private SmtpRule Set(ScriptAction action)
    {
        lock (_lock)
        {
            // What passed by while the rule was being written must not use up its times.
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
