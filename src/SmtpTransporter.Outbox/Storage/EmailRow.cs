using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>A mail's row without its octets.</summary>
internal sealed record EmailRow
{
    public const string Columns =
        "id, idempotency_key, transporter, priority, state, turn, tries, created_at, due_at, expires_at, ended_at, worker, transmitting_at, size, is_protected, envelope";

    public required Guid Id { get; init; }

    public string? Key { get; init; }

    public required string Transporter { get; init; }

    public required OutboxPriority Priority { get; init; }

    public required OutboxState State { get; init; }

    /// <summary>Which place in the engine is its current one, and which run may write what came of it.</summary>
    public required int Turn { get; init; }

    public required int Tries { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When it is given up.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? Worker { get; init; }

    public DateTimeOffset? TransmittingAt { get; init; }

    public required long Size { get; init; }

    public required bool IsProtected { get; init; }

    /// <summary>Read when it is asked for: of a mail that cannot be decrypted, all the rest is known.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It cannot be decrypted.</exception>
    public StoredEnvelope Envelope
    {
        get => field ??= StoredEnvelope.FromJson(_protection!.Read(_stored!, IsProtected));
        init;
    }

    private readonly PayloadProtector? _protection;
    private readonly byte[]? _stored;

    /// <summary>A new one.</summary>
    public EmailRow()
    {
    }

    private EmailRow(PayloadProtector protection, byte[] stored) => (_protection, _stored) = (protection, stored);

    public static Func<DbDataReader, EmailRow> Reader(PayloadProtector protection) => reader =>
    {
        return new EmailRow(protection, reader.GetFieldValue<byte[]>(15))
        {
            Id = Ids.Parse(reader.GetString(0)),
            Key = reader.IsDBNull(1) ? null : reader.GetString(1),
            Transporter = reader.GetString(2),
            Priority = (OutboxPriority)reader.GetInt32(3),
            State = (OutboxState)reader.GetInt32(4),
            Turn = reader.GetInt32(5),
            Tries = reader.GetInt32(6),
            CreatedAt = UnixTime.Read(reader.GetInt64(7)),
            DueAt = Time(8),
            ExpiresAt = UnixTime.Read(reader.GetInt64(9)),
            EndedAt = Time(10),
            Worker = reader.IsDBNull(11) ? null : reader.GetString(11),
            TransmittingAt = Time(12),
            Size = reader.GetInt64(13),
            IsProtected = reader.GetInt32(14) != 0,
        };

        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : UnixTime.Read(reader.GetInt64(column));
    };

    public OutboxEntry ToEntry(IReadOnlyList<OutboxAttempt> history)
    {
        var isReadable = _protection?.TryRead(_stored!, IsProtected) is not null;
        var envelope = isReadable ? Envelope : StoredEnvelope.Unreadable;
        return new OutboxEntry
        {
            Id = Id,
            State = State,
            IdempotencyKey = Key,
            TransporterName = Transporter,
            Priority = Priority,
            CreatedAt = CreatedAt,
            DueAt = State == OutboxState.Waiting ? DueAt : null,
            EndedAt = EndedAt,
            AttemptCount = Tries,
            TransmittingSince = TransmittingAt,
            Worker = Worker,
            IsReadable = isReadable,
            Sender = envelope.Sender,
            Recipients = [.. envelope.Recipients.Select(r => r.ToResult())],
            Subject = envelope.Subject,
            MessageId = envelope.MessageId,
            Size = Size,
            History = history,
        };
    }
}
