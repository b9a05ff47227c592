namespace SmtpTransport.Outbox;

/// <summary>Checks and serializes emails to store. Thread-safe.</summary>
internal sealed class EmailRowFactory(OutboxOptions options, TransporterResolver transporters, TimeProvider time)
{
    private const int MaxKeyLength = 200;

    /// <exception cref="InvalidOperationException">An email is not valid; the message names the property.</exception>
    /// <exception cref="ArgumentException">A key is too long, a priority is not defined, or no transporter has the name.</exception>
    public IReadOnlyList<(EmailRow Row, SplitMessage Message)> Create(IEnumerable<OutboxEmail> emails)
    {
        var layout = new MessageLayout(options.EncryptAtRest);
        return [.. emails.Select(email => Create(email, layout))];
    }

    private (EmailRow Row, SplitMessage Message) Create(OutboxEmail item, MessageLayout layout)
    {
        ThrowIfInvalid(item);
        var message = StoredMessage.FromEmail(item.Email, options.HeaderCharset, options.BodyCharset);
        var now = time.GetUtcNow();
        var dueAt = item.SendAt is { } at && at > now ? at.ToUniversalTime() : now;
        var row = new EmailRow
        {
            Id = Guid.CreateVersion7(now),
            Key = item.IdempotencyKey,
            Transporter = item.TransporterName ?? "",
            Priority = item.Priority,
            State = OutboxState.Waiting,
            Generation = 0,
            Attempts = 0,
            CreatedAt = now,
            DueAt = dueAt,
            ExpiresAt = UnixTime.Add(dueAt, options.ExpireAfter),
            Size = message.Message.Length,
            IsProtected = options.EncryptAtRest,
            Envelope = new StoredEnvelope(
                message.Sender, [.. message.Recipients.Select(r => new StoredRecipient(r))], item.Email.Subject ?? "", message.MessageId,
                message.Notify, message.EnvelopeId, []),
        };
        return (row, layout.Split(message.Message));
    }

    private void ThrowIfInvalid(OutboxEmail item)
    {
        if (item.IdempotencyKey is { Length: > MaxKeyLength or 0 } key)
            throw new ArgumentException($"idempotencyKey has {key.Length} characters; allowed: 1 to {MaxKeyLength}.", nameof(item));
        if (!Enum.IsDefined(item.Priority))
            throw new ArgumentException($"priority is {item.Priority}; allowed: Low, Normal or High.", nameof(item));
        var name = item.TransporterName ?? "";
        if (options.EnableWorker && transporters.Find(name) is null)
        {
            throw new ArgumentException(
                name.Length == 0
                    ? "There is no transporter without a key. Call services.AddSmtpTransporter()."
                    : $"There is no transporter \"{name}\". Call services.AddKeyedSmtpTransporter(\"{name}\", …), or use another name.",
                nameof(item));
        }
    }
}
