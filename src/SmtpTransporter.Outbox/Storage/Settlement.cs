namespace SmtpTransport.Outbox;

/// <summary>The end of an attempt: the next state of the email, and the entry in its history.</summary>
internal sealed record Settlement(Claim Claim, StateTransition Transition, AttemptDetails Attempt)
{
    /// <summary>The same without what may come from a server or an exception, for a database that refuses it.</summary>
    public Settlement Reduce(string note) => this with
    {
        Transition = Transition with { Envelope = null },
        Attempt = Attempt with { Text = note, Errors = null, Explanation = null, Recipients = null },
    };
}
