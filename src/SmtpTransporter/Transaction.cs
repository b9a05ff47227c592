using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>A reply of the server: its code, as it was (it may be none that SMTP knows), and its text.</summary>
internal sealed record Reply(int Code, string Text)
{
    public bool IsTransient => Code is >= 400 and < 500;

    public bool IsPermanent => Code is >= 500 and < 600;

    public static Reply Of(SmtpResponse response) => new((int)response.StatusCode, response.Response ?? "");
}

/// <summary>What happens to one mail on one connection: who was accepted, and what was refused, as the replies came.</summary>
internal sealed class Transaction(Envelope envelope)
{
    private readonly Dictionary<string, Reply> _recipients = new(StringComparer.OrdinalIgnoreCase);

    public Envelope Envelope { get; } = envelope;

    /// <summary>The refusal of MAIL. With PIPELINING, the replies to RCPT after it mean nothing.</summary>
    public Reply? SenderRefusal { get; set; }

    /// <summary>True once MAIL was answered: before it, the same mail may go out over another connection.</summary>
    public bool MailAnswered { get; set; }

    /// <summary>True once the last byte of the message was sent: whatever ends the connection then, it may have been delivered.</summary>
    public bool MessageSent { get; set; }

    public IReadOnlyDictionary<string, Reply> Recipients => _recipients;

    public void Answer(string recipient, Reply reply)
    {
        if (SenderRefusal is null)
            _recipients[recipient] = reply;
    }

    public IEnumerable<Reply> Refusals => Envelope.Recipients.Select(r => _recipients.GetValueOrDefault(r)).OfType<Reply>().Where(r => r.Code >= 400);
}
