namespace SmtpTransport;

/// <summary>
/// What happened to one message over one transaction or several, for each recipient: who has it, who was refused, and who is left. The one
/// place that knows whether the message may be sent to a recipient (again). One caller at a time.
/// </summary>
internal sealed class DeliveryRecord(Envelope envelope)
{
    /// <summary>For recipients that were not tried because a transaction took no more.</summary>
    public static readonly Reply TooManyReply = new(452, "4.5.3 Too many recipients") { SaysTooManyRecipients = true };

    private readonly RecipientProgress[] _progress = new RecipientProgress[envelope.Recipients.Count];
    private Reply?[]? _replies;
    private int _left = envelope.Recipients.Count;
    private int _most = int.MaxValue;

    public Envelope Envelope { get; } = envelope;

    /// <summary>The replies that count, in the order of the envelope; null for a recipient without one.</summary>
    public Reply?[] Replies => _replies ??= new Reply?[_progress.Length];

    /// <summary>The refusal of MAIL, if it decided about all recipients.</summary>
    public Reply? SenderRefusal { get; private set; }

    /// <summary>True once the server took the message for some of the recipients.</summary>
    public bool IsDelivered { get; private set; }

    /// <summary>True if a transaction broke off behind the last byte of the message: it may have been delivered.</summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>The reply that decided: the first that took the message, or else that of the last transaction.</summary>
    public Reply? FinalReply { get; private set; }

    /// <summary>What broke the last transaction off, if that decides about the whole.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The step at which it failed, for all or for some recipients; null if nothing has failed.</summary>
    public SendStep? FailedStep { get; private set; }

    /// <summary>How long the transactions took.</summary>
    public TransactionTimes Times { get; private set; }

    /// <summary>How long the last connection that was opened for it took to open; null if none was.</summary>
    public ConnectionTimings? Connection { get; set; }

    /// <summary>The refusal that ended the last transaction, if no recipient has the message.</summary>
    public Reply? Refusal => FinalReply is { IsPositive: false } refusal ? refusal : null;

    public List<Reply> Refusals => [.. Replies.OfType<Reply>().Where(r => !r.IsPositive)];

    /// <summary>Whether there are recipients to whom the message may still be sent.</summary>
    public bool IsSomeoneLeft => _left > 0;

    /// <summary>Whether it is known that the server took the message for a recipient, whatever became of the transactions after.</summary>
    public bool IsTaken(int recipient) => _progress[recipient] == RecipientProgress.Taken;

    /// <summary>The positions in the envelope of those whom the next transaction is for; null for the whole envelope.</summary>
    /// <param name="most">How many recipients the server takes in a transaction, as it says.</param>
    public IReadOnlyList<int>? Next(int most)
    {
        most = Math.Min(most, _most);
        return _left == _progress.Length && _left <= most
            ? null
            : [.. Enumerable.Range(0, _progress.Length).Where(i => _progress[i] == RecipientProgress.Left).Take(most)];
    }

    /// <summary>A transaction has ended. Earlier replies to its recipients no longer count.</summary>
    /// <param name="result">What it came to.</param>
    /// <param name="recipients">The positions of its recipients in the envelope; null for the whole envelope.</param>
    /// <param name="decides">Whether a failure of it is the end of the whole, as the caller's cancellation is.</param>
    /// <returns>Whether fewer recipients are left than before, or it is known now that fewer are to be tried at once.</returns>
    public bool Add(TransactionResult result, IReadOnlyList<int>? recipients, bool decides)
    {
        var before = _left;
        var wasDelivered = IsDelivered;
        IsDelivered |= result.IsTakenForSome;
        IsInDoubt |= result.IsInDoubt;
        Times += result.Times;
        if ((result.FailedStep ?? RefusedRecipient(result)) is { } failed)
            FailedStep = failed;
        if (recipients is null)
            _replies = result.Replies;
        for (var i = 0; i < result.Replies.Length; i++)
            Take(result, i, recipients?[i] ?? i, wasDelivered);
        // Until someone has the message, or was refused for good, the last transaction speaks for all.
        if (!wasDelivered)
            FinalReply = result.FinalReply;
        if (!wasDelivered || result.IsInDoubt || decides)
            Failure = result.Failure;
        SenderRefusal = before == _progress.Length && _left == before && !result.IsInDoubt ? result.SenderRefusal : null;
        return LearnMost(result) || _left < before;
    }

    /// <summary>True if nobody has the message because no transaction, or no further one, could begin.</summary>
    public bool CouldNotBegin { get; private set; }

    /// <summary>No further transaction could begin.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="decides">Whether that is the end of the whole, as the caller's cancellation is.</param>
    /// <param name="step">How far it came.</param>
    public void Fail(Exception failure, bool decides, SendStep step)
    {
        // Where some were refused says more than that the rest could not be tried.
        if (!IsDelivered || decides || FailedStep is null)
            FailedStep = step;
        if (!IsDelivered || decides)
            Failure = failure;
        CouldNotBegin = !IsDelivered;
        if (CouldNotBegin)
            (FinalReply, SenderRefusal) = (null, null);
    }

    /// <summary>There is no further transaction: those who are left wait for another attempt.</summary>
    public void Close()
    {
        if (_left == 0 || !(IsDelivered || IsInDoubt))
            return;
        for (var i = 0; i < _progress.Length; i++)
        {
            if (_progress[i] == RecipientProgress.Left && Replies[i] is null or { IsPositive: true })
                Replies[i] = TooManyReply;
        }
    }

    private static SendStep? RefusedRecipient(TransactionResult result)
    {
        var refused = Array.FindLastIndex(result.Replies, r => r is { IsPositive: false });
        return refused < 0 ? null : result.IsMessageAnswered(refused) ? SendStep.Reply : SendStep.Recipients;
    }

    private void Take(TransactionResult result, int position, int recipient, bool wasDelivered)
    {
        var reply = result.Replies[position];
        if (result.IsMessageAnswered(position))
        {
            Settle(recipient, reply, reply!.IsPositive ? RecipientProgress.Taken : RecipientProgress.Answered);
            return;
        }
        var refusal = result.IsInDoubt ? null : result.SenderRefusal ?? (result.FinalReply is { IsPositive: false } final ? final : null);
        // What the server says of the session does not stand if it may have taken the message behind it.
        if (result is { IsInDoubt: true, HasAcceptedRecipient: false } && reply is not null && !IsOwn(reply))
            reply = null;
        // After others have got the message, a refusal of it, or of its sender, is for those whom it was sent to.
        var isRefusedForThese = wasDelivered && result.Ending == TransactionEnding.MessageRefused;
        if (reply is null or { IsPositive: true } && refusal is not null && wasDelivered)
            reply = refusal;
        Settle(recipient, reply, result.IsInDoubt && reply is null or { IsPositive: true } ? RecipientProgress.InDoubt
            : result.IsAccepted && reply is null or { IsPositive: true } ? RecipientProgress.Taken
            : isRefusedForThese || (result.SenderRefusal is null && reply is not null && IsOwn(reply)) ? RecipientProgress.Answered
            : RecipientProgress.Left);
    }

    private void Settle(int recipient, Reply? reply, RecipientProgress progress)
    {
        Replies[recipient] = reply;
        _progress[recipient] = progress;
        if (progress != RecipientProgress.Left)
            _left--;
    }

    // What is said of the session or of the transaction is no answer for the recipient.
    private static bool IsOwn(Reply reply) =>
        reply is { IsRefusal: true, IsClosing: false, SaysTooManyRecipients: false } and not { Code: 503 };

    /// <summary>
    /// The recipients that were accepted before the first that was one too many, or before a 421, are as many as the server takes.
    /// </summary>
    /// <returns>Whether that is fewer than were tried.</returns>
    private bool LearnMost(TransactionResult result)
    {
        var accepted = Array.FindIndex(result.Replies, r => r is not { IsPositive: true });
        if (accepted <= 0 || accepted >= _most || Array.FindLastIndex(result.Replies, r => r is { IsPositive: true }) > accepted)
            return false;
        var isLimit = result.Replies[accepted] is { SaysTooManyRecipients: true }
            || (result.Ending == TransactionEnding.ServerClosed && result.Replies[accepted] is null or { IsClosing: true });
        if (isLimit)
            _most = accepted;
        return isLimit;
    }

    private enum RecipientProgress : byte
    {
        Left,
        Taken,
        InDoubt,
        Answered,
    }
}
