namespace SmtpTransport.Outbox;

/// <summary>The key of an outbox in its application; null for the one without a key.</summary>
internal sealed record OutboxName(string? Key)
{
    /// <summary>In a sentence.</summary>
    public override string ToString() => Key is null ? "The outbox without a key" : $"The outbox \"{Key}\"";
}
