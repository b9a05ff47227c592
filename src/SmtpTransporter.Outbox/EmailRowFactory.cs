namespace SmtpTransport.Outbox;

/// <summary>Checks and serializes emails to store. Thread-safe.</summary>
internal sealed class EmailRowFactory(OutboxOptions options, TransporterResolver transporters, TimeProvider time)
{
    private const int MaxKeyLength = 200;
    private const int MaxLaneLength = 200;
    private const int MaxNameLength = 200;

    /// <exception cref="InvalidOperationException">An email is not valid; the message names the property.</exception>
    /// <exception cref="ArgumentException">A key is too long, a priority is not defined, or no transporter has the name.</exception>
    public async Task<IReadOnlyList<(EmailRow Row, SplitMessage Message)>> CreateAsync(
        IEnumerable<OutboxEmail> emails, CancellationToken cancellationToken)
    {
        var layout = new MessageLayout(options.EncryptAtRest);
        var rows = new List<(EmailRow, SplitMessage)>();
        // One after the other: each message is built in memory.
        foreach (var email in emails)
            rows.Add(await CreateAsync(email, layout, cancellationToken).ConfigureAwait(false));
        return rows;
    }

    private async Task<(EmailRow Row, SplitMessage Message)> CreateAsync(
        OutboxEmail item, MessageLayout layout, CancellationToken cancellationToken)
    {
        ThrowIfInvalid(item);
        var message = await StoredMessage.FromEmailAsync(item.Email, options.HeaderCharset, options.BodyCharset, cancellationToken)
            .ConfigureAwait(false);
        var now = time.GetUtcNow();
        var row = new EmailRow
        {
            Id = Guid.CreateVersion7(now),
            Key = item.IdempotencyKey,
            Transporter = item.TransporterName ?? "",
            Lane = item.Lane ?? "",
            IsOrdered = item.IsOrdered,
            Priority = item.Priority,
            State = OutboxState.Waiting,
            Generation = 0,
            Attempts = 0,
            CreatedAt = now,
            // The database's clock decides when an email without a time of its own is due, and adds the period.
            DueAt = item.SendAt?.ToUniversalTime(),
            ExpiresAt = UnixTime.Add(now, options.ExpireAfter),
            Size = message.Message.Length,
            IsProtected = options.EncryptAtRest,
            Envelope = new StoredEnvelope(
                message.Sender, [.. message.Recipients.Select(r => new StoredRecipient(r))], item.Email.Subject ?? "", message.MessageId,
                message.Notify, message.EnvelopeId, [])
            {
                RequireTls = message.RequireTls,
            },
        };
        return (row, layout.Split(message.Message));
    }

    /// <summary>PostgreSQL stores neither U+0000 nor half a surrogate pair.</summary>
    private static void ThrowIfNotText(string? text, string name)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else if (text[i] == 0 || char.IsSurrogate(text[i]))
            {
                throw new ArgumentException(
                    $"{name} has the character U+{(int)text[i]:X4} at position {i}, which is not valid text.", name);
            }
        }
    }

    private void ThrowIfInvalid(OutboxEmail item)
    {
        if (item.IdempotencyKey is { Length: > MaxKeyLength or 0 } key)
            throw new ArgumentException($"idempotencyKey has {key.Length} characters; allowed: 1 to {MaxKeyLength}.", nameof(item));
        if (item.Lane is { Length: > MaxLaneLength } lane)
            throw new ArgumentException($"lane has {lane.Length} characters; allowed: at most {MaxLaneLength}.", nameof(item));
        if (item.TransporterName is { Length: > MaxNameLength } given)
            throw new ArgumentException($"transporterName has {given.Length} characters; allowed: at most {MaxNameLength}.", nameof(item));
        ThrowIfNotText(item.IdempotencyKey, "idempotencyKey");
        ThrowIfNotText(item.Lane, "lane");
        if (!Enum.IsDefined(item.Priority))
            throw new ArgumentException($"priority is {item.Priority}; allowed: Low, Normal or High.", nameof(item));
        var name = item.TransporterName ?? "";
        ThrowIfNotText(name, "transporterName");
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
