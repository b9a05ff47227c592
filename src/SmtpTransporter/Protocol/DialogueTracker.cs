namespace SmtpTransport;

/// <summary>
/// Knows the step of the dialogue, how long each step of the connection took, and the server's last line. One thread at a time.
/// </summary>
internal sealed class DialogueTracker(TimeProvider time)
{
    private readonly Dictionary<DialogueStep, TimeSpan> _times = [];
    private long _entered;

    public DialogueStep Step { get; private set; }

    /// <summary>The addresses of the host that were tried, in turn.</summary>
    public IReadOnlyList<System.Net.IPAddress> Addresses { get; set; } = [];

    /// <summary>The last line that the server sent while MailKit opened the connection.</summary>
    public string LastServerLine { get; set; } = "";

    /// <summary>The 421 with which the server announced that it closes (RFC 5321, section 3.8), if that was its last line.</summary>
    public Reply? ClosingNotice =>
        LastServerLine is "421" or ['4', '2', '1', ' ', ..] ? new Reply(421, LastServerLine.Length > 4 ? LastServerLine[4..] : "") : null;

    public TimeSpan TimeIn(DialogueStep step) => _times.GetValueOrDefault(step);

    /// <summary>How long the steps of opening the connection took.</summary>
    /// <param name="total">The time of all of it.</param>
    public ConnectionTimings Timings(TimeSpan total) => new()
    {
        Resolve = TimeIn(DialogueStep.Resolve),
        Connect = TimeIn(DialogueStep.Connect),
        Greeting = TimeIn(DialogueStep.Greeting),
        Tls = TimeIn(DialogueStep.TlsHandshake),
        Authenticate = TimeIn(DialogueStep.Authenticate),
        Check = TimeIn(DialogueStep.NoOp),
        Total = total,
    };

    /// <summary>Enters a step of the connection and adds up the time of the one before it.</summary>
    public void EnterStep(DialogueStep step)
    {
        if (Step != DialogueStep.None)
            CompleteStep();
        (Step, _entered) = (step, time.GetTimestamp());
    }

    /// <summary>Enters a step of a transaction, whose time is not kept.</summary>
    public void SetStep(DialogueStep step) => Step = step;

    /// <summary>Adds up the time of the step that is under way.</summary>
    public void CompleteStep()
    {
        var now = time.GetTimestamp();
        _times[Step] = TimeIn(Step) + time.GetElapsedTime(_entered, now);
        _entered = now;
    }
}
