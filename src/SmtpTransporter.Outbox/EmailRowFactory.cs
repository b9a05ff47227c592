namespace SmtpTransport.Outbox;

/// <summary>Checks and serializes emails to store. Thread-safe.</summary>
internal sealed class EmailRowFactory(OutboxOptions options, EnqueueCheck check, TimeProvider time)
{
    /// <returns>The rows in the order of the emails, if there is no error; otherwise all errors.</returns>
    /// <exception cref="ArgumentException">An element is null.</exception>
    public async Task<CreatedRows> CreateAsync(IEnumerable<OutboxEmail> emails, CancellationToken cancellationToken)
    {
        var layout = new MessageLayout(options.EncryptAtRest);
        var created = new CreatedRows();
        // One after the other: each message is built in memory.
        foreach (var email in emails)
        {
            if (email?.Email is null)
                throw new ArgumentException($"emails[{created.Count}] is null, or has no Email.", nameof(emails));
            await AddAsync(created, email, layout, cancellationToken).ConfigureAwait(false);
        }
        return created;
    }

    private async Task AddAsync(CreatedRows created, OutboxEmail item, MessageLayout layout, CancellationToken cancellationToken)
    {
        var errors = check.FindErrors(item);
        try
        {
            var message = await StoredMessage.FromEmailAsync(item.Email, options.HeaderCharset, options.BodyCharset, cancellationToken)
                .ConfigureAwait(false);
            if (check.FindExcess(item, message.Recipients) is { } excess)
                errors = [.. errors ?? [], excess];
            if (errors is null)
            {
                created.Add(CreateRow(item, message), layout.Split(message.Message));
                return;
            }
            created.AddErrors(errors, null);
        }
        catch (InvalidEmailException exception)
        {
            created.AddErrors([.. exception.Errors.Select(e => (e.Property, e.Message)), .. errors ?? []], exception);
        }
    }

    private EmailRow CreateRow(OutboxEmail item, StoredMessage message)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var (sender, envelopeId) = FeedbackMarks.Of(options, item.Email, message, id);
        return new EmailRow
        {
            Id = id,
            Key = item.IdempotencyKey,
            Transporter = item.TransporterName ?? "",
            Lane = item.Lane ?? "",
            IsOrdered = item.IsOrdered,
            Stream = item.Email.Stream,
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
                sender, [.. message.Recipients.Select(r => new StoredRecipient(r))], item.Email.Subject ?? "", message.MessageId,
                message.Notify, envelopeId, [])
            {
                RequireTls = message.RequireTls,
                ExpiresAt = item.ExpiresAt?.ToUniversalTime(),
            },
        };
    }
}
