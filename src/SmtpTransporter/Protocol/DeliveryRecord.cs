namespace SmtpTransport;

/// <summary>What happened to one message over one transaction or several: who was accepted, what was refused, and how it ended.</summary>
internal sealed class DeliveryRecord(Envelope envelope)
{
    /// <summary>For recipients that were not tried yet because the transaction was full.</summary>
    public static readonly Reply TooManyReply = new(452, "4.5.3 Too many recipients");

    private readonly Reply?[] _replies = new Reply?[envelope.Recipients.Count];
    private bool[]? _taken;

    public Envelope Envelope { get; } = envelope;

    /// <summary>The replies that count, in the order of the envelope; null for a recipient without one.</summary>
    public IReadOnlyList<Reply?> Replies => _replies;

    /// <summary>The refusal of MAIL in the first transaction.</summary>
    public Reply? SenderRefusal { get; private set; }

    /// <summary>True once the server took the message for some of the recipients.</summary>
    public bool IsDelivered { get; private set; }

    /// <summary>True if a transaction broke off behind the last byte of the message: it may have been delivered.</summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>The reply that decided the first transaction.</summary>
    public Reply? FinalReply { get; private set; }

    /// <summary>What broke a transaction off, if that decides about the whole.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc cref="TransactionResult.MayBeRepeated"/>
    public bool MayBeRepeated { get; private set; }

    /// <summary>The refusal that ended the first transaction.</summary>
    public Reply? Refusal => FinalReply is { IsPositive: false } refusal ? refusal : null;

    public List<Reply> Refusals => [.. _replies.OfType<Reply>().Where(r => !r.IsPositive)];

    /// <summary>The positions in the envelope of those that were refused only because they were too many for one transaction.</summary>
    public IReadOnlyList<int> TooMany =>
        !Array.Exists(_replies, r => r is { Code: 452 }) ? [] : [.. Enumerable.Range(0, _replies.Length).Where(IsTooMany)];

    /// <summary>Whether it is known that the server took the message for a recipient, whatever became of the transactions after.</summary>
    public bool IsTaken(int recipient) => _taken?[recipient] ?? false;

    /// <summary>The first transaction, whose recipients are the first of the envelope. Those beyond them wait for a further one.</summary>
    public void Begin(TransactionResult result)
    {
        SenderRefusal = result.SenderRefusal;
        FinalReply = result.FinalReply;
        Failure = result.Failure;
        IsInDoubt = result.IsInDoubt;
        IsDelivered = result.IsAccepted;
        MayBeRepeated = result.MayBeRepeated;
        for (var i = 0; i < result.Replies.Count; i++)
            _replies[i] = result.Replies[i];
        if (!IsDelivered)
            return;
        Array.Fill(_replies, TooManyReply, result.Replies.Count, _replies.Length - result.Replies.Count);
        if (Array.Exists(_replies, r => r is { Code: 452 }))
            Take(Enumerable.Range(0, result.Replies.Count));
    }

    /// <summary>
    /// A further transaction, after the first was accepted. What the server said of its recipients before counts no more.
    /// </summary>
    /// <param name="result">What it came to.</param>
    /// <param name="recipients">The positions of its recipients in the envelope.</param>
    /// <param name="decides">Whether a failure of it is the end of the whole, as the caller's cancellation is.</param>
    public void Add(TransactionResult result, IReadOnlyList<int> recipients, bool decides)
    {
        for (var i = 0; i < recipients.Count; i++)
            _replies[recipients[i]] = result.Replies[i];
        if (result.IsAccepted)
        {
            Take(recipients);
            return;
        }
        IsInDoubt = result.IsInDoubt;
        if (IsInDoubt || decides)
            Failure = result.Failure;
        if (IsInDoubt)
            return;
        // Without a refusal they were not tried, and are as they were before: too many.
        foreach (var recipient in recipients)
        {
            if (result.SenderRefusal is not null)
                _replies[recipient] = result.SenderRefusal;
            else if (_replies[recipient] is null or { IsPositive: true })
                _replies[recipient] = result.FinalReply ?? TooManyReply;
        }
    }

    private void Take(IEnumerable<int> recipients)
    {
        _taken ??= new bool[_replies.Length];
        foreach (var recipient in recipients)
            _taken[recipient] |= _replies[recipient] is null or { IsPositive: true };
    }

    private bool IsTooMany(int recipient) =>
        _replies[recipient] is { Code: 452 } reply && EnhancedStatus.FromReply(452, reply.Text) is null or { Subject: 5, Detail: 3 };
}
