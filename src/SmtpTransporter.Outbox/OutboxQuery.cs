namespace SmtpTransport.Outbox;

/// <summary>Which emails of an outbox are meant. Every property that is set must match; an empty query means all.</summary>
/// <remarks>
/// <see cref="Ids"/>, <see cref="Recipient"/>, <see cref="MessageId"/> and <see cref="IdempotencyKey"/> are found by an index, however many
/// emails there are. The others are compared with each email that is left, in the order of their ids. Immutable and thread-safe, if the
/// collections in <see cref="Ids"/> and <see cref="States"/> are not changed.
/// </remarks>
public sealed record OutboxQuery
{
    private const int MaxIds = 1000;

    /// <summary>The ids of the emails; at most 1,000. Default: empty, which means all.</summary>
    public IReadOnlyCollection<Guid> Ids { get; init; } = [];

    /// <summary>The address of an envelope recipient, in any case of letters. Default: any.</summary>
    /// <remarks>Only whole addresses are found: the index has hashes of them, which have a secret key in an encrypted outbox.</remarks>
    public string? Recipient { get; init; }

    /// <summary>A part of the subject, in any case of letters. Default: any.</summary>
    public string? Subject { get; init; }

    /// <summary>The Message-ID, with or without angle brackets (RFC 5322, section 3.6.4). Default: any.</summary>
    public string? MessageId { get; init; }

    /// <summary>The caller's key. Default: any.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The lane; empty for the one without a name. Default: any.</summary>
    public string? Lane { get; init; }

    /// <summary>The key of the transporter; empty for the one without a key. Default: any.</summary>
    public string? TransporterName { get; init; }

    /// <summary>The states. Default: empty, which means all, or all that an action allows.</summary>
    public IReadOnlyCollection<OutboxState> States { get; init; } = [];

    /// <summary>Only emails that were enqueued at this time or later, by the database's clock. Default: any.</summary>
    public DateTimeOffset? EnqueuedAfter { get; init; }

    /// <summary>Only emails that were enqueued before this time, by the database's clock. Default: any.</summary>
    public DateTimeOffset? EnqueuedBefore { get; init; }

    /// <summary>
    /// Only emails that were sent, dead-lettered, canceled or discarded at this time or later, by the database's clock. Default: any.
    /// </summary>
    public DateTimeOffset? EndedAfter { get; init; }

    /// <summary>Only emails that ended before this time, by the database's clock. Default: any.</summary>
    public DateTimeOffset? EndedBefore { get; init; }

    /// <summary>
    /// What the last attempt failed with: a code of <see cref="SmtpErrorCodes"/>, or the reply code of the server for the message or for a
    /// recipient (RFC 5321, section 4.2). Default: any.
    /// </summary>
    /// <remarks>Attempts that an earlier version of the package has stored have no codes of errors, only replies.</remarks>
    public int? ErrorCode { get; init; }

    /// <summary>
    /// Who was the last to decide about the email, as <see cref="OutboxAttempt.By"/> has it, in this case of letters. Default: anybody, or
    /// nobody.
    /// </summary>
    public string? DecidedBy { get; init; }

    /// <exception cref="ArgumentException">
    /// An address, a Message-ID or a person is empty, a state is not defined, or there are too many ids.
    /// </exception>
    internal void ThrowIfInvalid()
    {
        if (Ids.Count > MaxIds)
            throw new ArgumentException($"Ids has {Ids.Count} ids; allowed: at most {MaxIds}.", nameof(Ids));
        ThrowIfEmpty(Recipient, nameof(Recipient));
        ThrowIfEmpty(MessageId, nameof(MessageId));
        ThrowIfEmpty(DecidedBy, nameof(DecidedBy));
        if (States.FirstOrDefault(s => !Enum.IsDefined(s), OutboxState.Waiting) is not OutboxState.Waiting and var state)
            throw new ArgumentException($"States has {state}; allowed: the states of {nameof(OutboxState)}.", nameof(States));

        static void ThrowIfEmpty(string? value, string name)
        {
            if (value is not null && string.IsNullOrWhiteSpace(value))
                throw new ArgumentException($"{name} is empty. Leave it out (null) to find emails with any.", name);
        }
    }
}
