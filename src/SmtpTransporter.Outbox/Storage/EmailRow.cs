using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>The row of an email, without its message.</summary>
internal sealed record EmailRow
{
    public const string Columns =
        """
        id, idempotency_key, transporter, priority, state, generation, attempts, created_at, due_at, expires_at, ended_at, worker,
        transmitting_at, size, is_protected, envelope, lane, is_ordered, number, takeovers, stream
        """;

    /// <summary>The number of <see cref="Columns"/>.</summary>
    public const int ColumnCount = 21;

    private readonly PayloadProtector? _protector;
    private readonly byte[]? _storedEnvelope;

    /// <summary>A new email, which is not stored yet.</summary>
    public EmailRow()
    {
    }

    private EmailRow(PayloadProtector protector, byte[] storedEnvelope) => (_protector, _storedEnvelope) = (protector, storedEnvelope);

    public required Guid Id { get; init; }

    public string? Key { get; init; }

    public required string Transporter { get; init; }

    public required OutboxPriority Priority { get; init; }

    public string Lane { get; init; } = "";

    public bool IsOrdered { get; init; }

    /// <summary>The kind of emails it belongs to; null for none.</summary>
    public string? Stream { get; init; }

    /// <summary>How many workers have ended while they held it, since it was last settled: it may be the reason.</summary>
    public int Takeovers { get; init; }

    /// <summary>The order in which the emails were stored.</summary>
    public long Number { get; init; }

    public required OutboxState State { get; init; }

    /// <summary>Increases with each new run: only the run of the current generation may send, and only it may record an outcome.</summary>
    public required int Generation { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When the attempts end.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>False if its message was removed: it can never be sent again, so its attempts have ended before all times.</summary>
    public bool HasMessage => ExpiresAt != UnixTime.Read(UnixTime.Never);

    public DateTimeOffset? EndedAt { get; init; }

    public string? Worker { get; init; }

    public DateTimeOffset? TransmittingAt { get; init; }

    /// <summary>In bytes.</summary>
    public required long Size { get; init; }

    public required bool IsProtected { get; init; }

    /// <summary>Decrypted on access: all other columns of an email that cannot be decrypted are known.</summary>
    /// <exception cref="CryptographicException">It cannot be decrypted.</exception>
    public StoredEnvelope Envelope
    {
        get => field ??= StoredEnvelope.FromJson(_protector!.Read(_storedEnvelope!, IsProtected));
        init;
    }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static Func<DbDataReader, EmailRow> CreateReader(PayloadProtector protector) => reader =>
    {
        return new EmailRow(protector, reader.GetFieldValue<byte[]>(15))
        {
            Id = Ids.Parse(reader.GetString(0)),
            Key = reader.IsDBNull(1) ? null : reader.GetString(1),
            Transporter = reader.GetString(2),
            Priority = (OutboxPriority)reader.GetInt32(3),
            State = (OutboxState)reader.GetInt32(4),
            Generation = reader.GetInt32(5),
            Attempts = reader.GetInt32(6),
            CreatedAt = UnixTime.Read(reader.GetInt64(7)),
            DueAt = Time(8),
            ExpiresAt = UnixTime.Read(reader.GetInt64(9)),
            EndedAt = Time(10),
            Worker = reader.IsDBNull(11) ? null : reader.GetString(11),
            TransmittingAt = Time(12),
            Size = reader.GetInt64(13),
            IsProtected = reader.GetInt32(14) != 0,
            Lane = reader.GetString(16),
            IsOrdered = reader.GetInt32(17) != 0,
            Number = reader.GetInt64(18),
            Takeovers = reader.GetInt32(19),
            Stream = reader.IsDBNull(20) ? null : reader.GetString(20),
        };

        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : UnixTime.Read(reader.GetInt64(column));
    };

    /// <summary>The envelope; null if it cannot be decrypted or read.</summary>
    public StoredEnvelope? TryReadEnvelope()
    {
        if (_protector?.TryRead(_storedEnvelope!, IsProtected) is not { } json)
            return null;
        try
        {
            return StoredEnvelope.FromJson(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public OutboxEntry ToEntry(IReadOnlyList<OutboxAttempt> history)
    {
        var readable = TryReadEnvelope();
        var envelope = readable ?? StoredEnvelope.Unreadable;
        return new OutboxEntry
        {
            Id = Id,
            State = State,
            IdempotencyKey = Key,
            TransporterName = Transporter,
            Lane = Lane,
            IsOrdered = IsOrdered,
            Priority = Priority,
            CreatedAt = CreatedAt,
            DueAt = State == OutboxState.Waiting ? DueAt : null,
            ExpiresAt = HasMessage ? ExpiresAt : null,
            EndedAt = EndedAt,
            AttemptCount = Attempts,
            TransmittingSince = TransmittingAt,
            Worker = Worker,
            IsReadable = readable is not null,
            IsErased = envelope.IsErased,
            HasMessage = HasMessage && !envelope.IsErased,
            Sender = envelope.Sender,
            Recipients = ReportTargets.Join(envelope.Recipients, history),
            Stream = Stream,
            Subject = envelope.Subject,
            MessageId = envelope.MessageId,
            Size = Size,
            History = history,
        };
    }
}
