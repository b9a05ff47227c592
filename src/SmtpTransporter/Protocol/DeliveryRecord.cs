namespace SmtpTransport;

/// <summary>What happens to one mail on one connection: who was accepted, and what was refused, as the replies came.</summary>
internal sealed class DeliveryRecord(Envelope envelope)
{
    /// <summary>For those who were not tried yet because the transaction was full.</summary>
    public static readonly Reply TooManyReply = new(452, "4.5.3 Too many recipients");

    private HashSet<string>? _taken;
    private bool _wasFull;
    private bool _refuses;
    private readonly Dictionary<string, Reply> _recipients = new(StringComparer.OrdinalIgnoreCase);

    public Envelope Envelope { get; } = envelope;

    /// <summary>The refusal of MAIL. With PIPELINING, the replies to RCPT after it mean nothing.</summary>
    public Reply? SenderRefusal { get; set; }

    /// <summary>True once MAIL was answered: before it, the same mail may go out over another connection.</summary>
    public bool MailAnswered { get; set; }

    /// <summary>True once the last byte of the message was sent: whatever ends the connection then, it may have been delivered.</summary>
    public bool MessageSent { get; set; }

    /// <summary>True once the server took the message for some of the recipients.</summary>
    public bool Delivered { get; set; }

    public IReadOnlyDictionary<string, Reply> Recipients => _recipients;

    /// <summary>The message of one of several transactions was taken for those of these recipients that it accepted.</summary>
    public void Took(IReadOnlyList<string> recipients) =>
        (_taken ??= new(StringComparer.OrdinalIgnoreCase)).UnionWith(recipients.Where(r => _recipients.GetValueOrDefault(r) is null or { Code: < 400 }));

    /// <summary>Whether that is known of a recipient, whatever became of the transactions after.</summary>
    public bool IsTaken(string recipient) => _taken?.Contains(recipient) ?? false;

    /// <summary>Those that were refused only because they were too many for one transaction.</summary>
    public IReadOnlyList<string> TooMany =>
        !_wasFull ? [] : [.. Envelope.Recipients.Where(r => _recipients.GetValueOrDefault(r) is { Code: 452 } reply && EnhancedStatus.FromReply(452, reply.Text) is null or { Subject: 5, Detail: 3 })];

    /// <summary>
    /// A further transaction has failed: the reply is for those who were accepted in it. Without one they were not tried, and are as they
    /// were before: too many.
    /// </summary>
    public void EndPass(IReadOnlyList<string> recipients, Reply? reply)
    {
        var sender = SenderRefusal;
        SenderRefusal = null;
        foreach (var recipient in recipients)
        {
            if (sender is not null)
                Set(recipient, sender);
            else if (_recipients.GetValueOrDefault(recipient) is null or { Code: < 400 })
                Set(recipient, reply ?? TooManyReply);
        }
    }

    /// <summary>A further transaction begins: what was said of these before counts no more, whatever becomes of it.</summary>
    public void BeginPass(IReadOnlyList<string> recipients)
    {
        foreach (var recipient in recipients)
            _recipients.Remove(recipient);
    }

    public void Answer(string recipient, Reply reply)
    {
        if (SenderRefusal is null)
            Set(recipient, reply);
    }

    private void Set(string recipient, Reply reply)
    {
        _recipients[recipient] = reply;
        _wasFull |= reply.Code == 452;
        _refuses |= reply.Code >= 400;
    }

    public IEnumerable<Reply> Refusals => !_refuses ? [] : Envelope.Recipients.Select(r => _recipients.GetValueOrDefault(r)).OfType<Reply>().Where(r => r.Code >= 400);
}
